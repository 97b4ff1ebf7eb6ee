"""Hand-written, stateful stand-ins for the outside world: messengers a test can talk to as a person would."""
