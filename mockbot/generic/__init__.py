"""Any OpenAPI document: responses made from the document, its security schemes, refusals."""
