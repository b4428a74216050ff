"""Reading a text: its sentences, a summary made of them alone, how heavy it is, and plain words for officialese."""
