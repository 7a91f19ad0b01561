"""Any OpenAPI document: answers made from the document itself, and its own security schemes."""
