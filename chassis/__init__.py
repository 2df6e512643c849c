"""The ground every service stands on; it knows no business."""
