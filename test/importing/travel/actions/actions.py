def book(tracker):
    return tracker.get_slot("notes")
