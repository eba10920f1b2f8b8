"""Parts of the stages that stand alone: their names, the masks, the finish, what is delivered."""
