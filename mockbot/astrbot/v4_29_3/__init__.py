"""AstrBot 4.29.3; contracts/astrbot-4.29.3/ has its recorded responses and observed behaviour."""
