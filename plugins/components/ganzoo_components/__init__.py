"""What networks are made of: layers, conditionings, upsamplings."""
