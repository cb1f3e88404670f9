"""The things that rules look at, a module for each kind; ``checks.look.Look`` has them all."""
