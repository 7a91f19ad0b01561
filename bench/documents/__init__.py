"""What `mockbot serve --spec` makes of a folder of OpenAPI documents: `python -m bench.documents FOLDER`."""
