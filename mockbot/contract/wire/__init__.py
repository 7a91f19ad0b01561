"""Values read from the wire: parameters, headers and bodies become JSON values by the schemas of the contract."""
