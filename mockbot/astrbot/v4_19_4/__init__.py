"""AstrBot 4.19.4; contracts/astrbot-4.19.4/ has its recorded responses and observed behaviour."""
