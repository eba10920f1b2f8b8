"""What tests share: drawn films, small networks, plates and projects."""
