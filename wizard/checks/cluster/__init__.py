"""What is looked at in a running cluster before it is taken to another release."""
