"""WebSub (W3C Recommendation): readers are told what is new instead of asking for it."""
