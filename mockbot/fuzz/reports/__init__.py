"""The report in the forms that people and programs read: text, HTML, JUnit XML, and the table of many clients."""
