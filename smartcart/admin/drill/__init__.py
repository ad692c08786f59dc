"""The owner's drills: asked for, carried out by a process of their own, and kept with their evidence."""
