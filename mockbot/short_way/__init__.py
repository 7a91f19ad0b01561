"""The short way: a request that most layers would only pass on is answered in one step, without them."""
