//! The copy that others see: upright, with what is private blacked out, and encoded anew.

use super::{Kind, MAX_PIXELS, Shape};
use crate::kernel::error::{Error, Fault, Faults, Result};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, Rgba};
use serde::{Deserialize, Serialize};
use std::io::Cursor;

/// Good enough to read small letters by.
const JPEG_QUALITY: u8 = 90;

/// A rectangle in pixels of the upright picture, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The copy, and what kind of picture it is.
#[derive(Debug)]
pub struct Served {
    pub bytes: Vec<u8>,
    pub kind: Kind,
}

/// Every region lies inside the picture. One that does not was measured on another picture, or before it was turned, and
/// would leave open what it was meant to cover.
///
/// # Errors
/// `invalid` at `/regions/n`.
pub fn check_regions(regions: &[Region], shape: Shape) -> Result<()> {
    let mut faults = Faults::default();
    for (index, region) in regions.iter().enumerate() {
        let inside = |from: u32, size: u32, side: u32| size > 0 && from.checked_add(size).is_some_and(|end| end <= side);
        if !inside(region.x, region.width, shape.width) || !inside(region.y, region.height, shape.height) {
            faults.add(format!("/regions/{index}"), Fault::OutOfRange);
        }
    }
    faults.into_result()
}

/// Opaque black: a blur or mosaic can be undone for text. A WebP becomes a PNG.
pub fn copy(mut picture: DynamicImage, kind: Kind, shape: Shape, regions: &[Region]) -> Result<Served> {
    picture.apply_orientation(Orientation::from_exif(shape.orientation).unwrap_or(Orientation::NoTransforms));
    if (picture.width(), picture.height()) != (shape.width, shape.height)
        || u64::from(shape.width) * u64::from(shape.height) > MAX_PIXELS
    {
        return Err(Error::internal("a stored picture is of another size than it was"));
    }
    let mut bytes = Vec::new();
    let written = if kind == Kind::Jpeg {
        let mut picture = picture.into_rgb8();
        black_out(regions, |x, y| picture.put_pixel(x, y, image::Rgb([0, 0, 0])));
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))
    } else {
        let mut picture = picture.into_rgba8();
        black_out(regions, |x, y| picture.put_pixel(x, y, Rgba([0, 0, 0, 255])));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    };
    written.map_err(|_| Error::internal("a redacted picture could not be written"))?;
    Ok(Served { bytes, kind: if kind == Kind::Jpeg { Kind::Jpeg } else { Kind::Png } })
}

fn black_out(regions: &[Region], mut blacken: impl FnMut(u32, u32)) {
    for region in regions {
        for y in region.y..region.y + region.height {
            for x in region.x..region.x + region.width {
                blacken(x, y);
            }
        }
    }
}
