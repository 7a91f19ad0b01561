"""AstrBot 4.29.3; contracts/astrbot-4.29.3/ has its document, its effective contract and its observed behaviour."""
