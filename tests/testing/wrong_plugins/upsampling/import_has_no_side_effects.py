"""Says hello when imported."""

from right_parts import RightUpsampling

print("thank you for choosing Wrong")


class Wrong(RightUpsampling):
    """An upsampling whose module prints."""

    ganzoo_api = 1
