"""WebSub (W3C Recommendation, 23 January 2018): notification of subscribers about changes."""
