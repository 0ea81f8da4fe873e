"""How jobs begin, go on and end: from what is asked for, through scan and plan and transfers, to every end that there is."""
