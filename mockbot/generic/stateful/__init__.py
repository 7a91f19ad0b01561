"""State for any document: operations of the form `/pets` and `/pets/{id}` create, list, change and delete rows."""
