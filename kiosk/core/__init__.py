"""The rules of the gate: values, events, effects and the visit state machine. Sans-I/O."""
