"""Which words of a source may travel on: one table for ``"safe"``, one for ``"keep"``.

Law: both are lists of what may pass. ``"safe"`` is who made a picture, what it shows and what may
be done with it; never where, when or with which device it was taken. ``"keep"`` is what the
standards name and is still true of another picture: nothing that describes the stored samples of
the source, nothing that holds a second picture, no private data of a maker.

Source: EXIF 3.0 (CIPA DC-008-2023) 4.6; TIFF 6.0; XMP specification part 1 (ISO 16684-1) and
part 2; IPTC-IIM 4.2.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "DC",
    "FALSE_AFTERWARDS",
    "KEPT_MAIN",
    "KEPT_PHOTO",
    "KEPT_PLACE",
    "RDF",
    "SAFE_EXIF",
    "SAFE_XMP",
    "SECOND_PICTURES",
    "SILENT_TAGS",
    "XMP_RIGHTS",
]

DC: Final = "http://purl.org/dc/elements/1.1/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP_RIGHTS: Final = "http://ns.adobe.com/xap/1.0/rights/"
_XMP: Final = "http://ns.adobe.com/xap/1.0/"
_TIFF: Final = "http://ns.adobe.com/tiff/1.0/"
_EXIF: Final = "http://ns.adobe.com/exif/1.0/"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"

SAFE_EXIF: Final = {0x010E: 1, 0x013B: 1, 0x8298: 2}
"""ImageDescription, Artist and Copyright, and how many texts each holds (a second one in Copyright
is the editor's)."""

SAFE_XMP: Final[dict[tuple[str, str], str]] = {
    (DC, "creator"): "Seq",
    (DC, "description"): "Alt",
    (DC, "rights"): "Alt",
    (DC, "title"): "Alt",
    (XMP_RIGHTS, "Certificate"): "",
    (XMP_RIGHTS, "Marked"): "",
    (XMP_RIGHTS, "Owner"): "Bag",
    (XMP_RIGHTS, "UsageTerms"): "Alt",
    (XMP_RIGHTS, "WebStatement"): "",
}
"""Properties of ``"safe"`` with the form of their values: a text or an RDF container."""

KEPT_MAIN: Final = frozenset(
    {
        *(0x010D, 0x010E, 0x010F, 0x0110),  # DocumentName, ImageDescription, Make, Model
        *(0x011A, 0x011B, 0x0128),  # XResolution, YResolution, ResolutionUnit
        *(0x0131, 0x0132, 0x013B, 0x013C),  # Software, DateTime, Artist, HostComputer
        *(0x4746, 0x4749, 0x8298),  # Rating, RatingPercent, Copyright
        *range(0x9C9B, 0x9CA0),  # XPTitle, XPComment, XPAuthor, XPKeywords, XPSubject
    }
)
"""Tags of the main directory that ``"keep"`` keeps."""

KEPT_PHOTO: Final = frozenset(
    {
        *(0x829A, 0x829D, 0x8822, 0x8824, 0x8827, 0x8828),  # exposure, ISO
        *range(0x8830, 0x8836),  # sensitivity
        *(0x9000, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012),  # version, dates, their time zones
        *range(0x9201, 0x920B),  # shutter speed to focal length
        *(0x9214, 0x9286, 0x9290, 0x9291, 0x9292),  # SubjectArea, UserComment, parts of a second
        *range(0x9400, 0x9406),  # temperature to camera elevation angle
        *(0xA000, 0xA004, 0xA20B, 0xA20E, 0xA20F, 0xA210, 0xA214, 0xA215, 0xA217),
        *(0xA300, 0xA301),  # file and scene type
        *range(0xA401, 0xA40D),  # rendering, exposure mode, zoom, scene, distance
        *(0xA420, 0xA430, 0xA431, 0xA432, 0xA433, 0xA434, 0xA435),  # owner, body, lens
        *range(0xA436, 0xA43D),  # title, photographer, editors and software (EXIF 3.0)
        *(0xA460, 0xA461, 0xA462),  # composite pictures
    }
)
"""Tags of the EXIF directory that ``"keep"`` keeps."""

KEPT_PLACE: Final = frozenset(range(0x20))
"""Tags of the GPS directory that ``"keep"`` keeps: all that are defined."""

SILENT_TAGS: Final = frozenset(
    {
        *range(0x00FE, 0x010D),  # size, bits, compression, samples of the stored picture
        *range(0x0111, 0x011A),  # strips, orientation, samples
        *range(0x011C, 0x0120),  # planes, page, position
        *(0x012D, 0x013D, 0x013E, 0x013F, 0x0140),  # curves, predictor, white point, palette
        *range(0x0142, 0x0146),  # tiles
        *(0x014A, 0x0152, 0x0153, 0x015B),  # more directories, extra samples, JPEG tables
        *(0x0200, 0x0201, 0x0202, 0x0203, 0x0205, 0x0207, 0x0208, 0x0209),  # JPEG of the thumbnail
        *range(0x0211, 0x0215),  # how colours are stored
        *(0x02BC, 0x83BB, 0x8649, 0x8773),  # XMP, IPTC, Photoshop, ICC: read elsewhere
        *(0x8769, 0x8825, 0xA005),  # pointers
        *(0x9101, 0x9102, 0xA001, 0xA002, 0xA003, 0xA500),  # samples and their colours
        *(0xC4A5, 0xEA1C, 0xEA1D),  # print matching, padding of editors
    }
)
"""Tags whose absence is no loss: they describe the stored samples of the source."""

FALSE_AFTERWARDS: Final = frozenset(
    {
        *(
            (_TIFF, name)
            for name in (
                "BitsPerSample",
                "Compression",
                "ImageLength",
                "ImageWidth",
                "NativeDigest",
                "Orientation",
                "PhotometricInterpretation",
                "PlanarConfiguration",
                "PrimaryChromaticities",
                "ReferenceBlackWhite",
                "SamplesPerPixel",
                "TransferFunction",
                "WhitePoint",
                "YCbCrCoefficients",
                "YCbCrPositioning",
                "YCbCrSubSampling",
            )
        ),
        (_EXIF, "ColorSpace"),
        (_EXIF, "ComponentsConfiguration"),
        (_EXIF, "CompressedBitsPerPixel"),
        (_EXIF, "Gamma"),
        (_EXIF, "NativeDigest"),
        (_EXIF, "PixelXDimension"),
        (_EXIF, "PixelYDimension"),
        (_PHOTOSHOP, "ColorMode"),
        (_PHOTOSHOP, "ICCProfile"),
        (_XMP, "Thumbnails"),
        ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    }
)
"""XMP properties that say something of the stored samples, or hold a thumbnail of them."""

SECOND_PICTURES: Final = {
    "http://ns.adobe.com/hdr-gain-map/1.0/": "",  # the notice on the gain map says it
    "http://ns.adobe.com/xap/1.0/g/img/": "",
    "http://ns.apple.com/HDRGainMap/1.0/": "",
    "http://ns.apple.com/pixeldatainfo/1.0/": "",
    "http://ns.google.com/photos/1.0/audio/": "the sound inside XMP",
    "http://ns.google.com/photos/1.0/camera/": "facts about a film behind the picture",
    "http://ns.google.com/photos/1.0/container/": "",
    "http://ns.google.com/photos/1.0/container/item/": "",
    "http://ns.google.com/photos/1.0/depthmap/": "the depth map inside XMP",
    "http://ns.google.com/photos/1.0/image/": "the original picture inside XMP",
    "http://ns.google.com/photos/1.0/panorama/": "the frame of a panorama",
    "http://ns.microsoft.com/photo/1.2/": "regions of the picture",
    "http://www.metadataworkinggroup.com/schemas/regions/": "regions of the picture",
}
"""XMP namespaces about other pictures or parts of this one, and what a notice calls them."""
