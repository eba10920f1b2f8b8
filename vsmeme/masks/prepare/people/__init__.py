"""Who people are: small networks, faces through a shot, one person through a film."""
