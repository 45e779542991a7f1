"""The responder's desk: the told order of events, who could do what when, the attack step by step."""
