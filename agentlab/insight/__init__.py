"""What the traces say: frames, figures and waterfalls, without any input or output of their own."""
