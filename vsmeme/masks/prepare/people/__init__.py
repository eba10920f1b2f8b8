"""Who people are: faces through a shot, one person through a film."""
