"""EXIF, XMP and IPTC: read with suspicion, written anew."""
