select nope from nowhere
