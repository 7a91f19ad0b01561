"""The same requests to two servers, and where their responses differ."""
