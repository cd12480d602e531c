"""What everything else in this service stands on: values, normal forms and rules. Pure."""
