"""WebSub (W3C Recommendation, 23 January 2018): readers are told at once."""
