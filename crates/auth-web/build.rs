//! Compresses every asset once and names the folder they are served from after their
//! content, so that browsers may keep them for good.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=assets/console");
    println!("cargo:rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    let out = Path::new(&out);
    let mut whole = Sha256::new();
    let mut table = String::new();
    for path in assets()? {
        let name = path.strip_prefix(ASSETS).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        let bytes = fs::read(&path)?;
        for part in [name.as_bytes(), &bytes] {
            whole.update((part.len() as u64).to_le_bytes());
            whole.update(part);
        }
        table += &entry(out, &name, &bytes)?;
    }
    let folder = hex(&whole.finalize());
    let source =
        format!("const FOLDER: &str = \"{folder}\";\nstatic ASSETS: &[Asset] = &[{table}];");
    fs::write(out.join("assets.rs"), source)
}

/// Where the files are.
const ASSETS: &str = "assets";

/// The files, in an order that does not depend on the machine. Folders in it are part of the
/// names, as scripts import each other by them.
fn assets() -> io::Result<Vec<PathBuf>> {
    let mut files = vec![];
    let mut folders = vec![PathBuf::from(ASSETS)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes the three encodings of a file and describes them as an `Asset`.
fn entry(out: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let write = |suffix: &str, bytes: &[u8]| {
        let file = out.join(format!("{}.{suffix}", name.replace('/', "-")));
        fs::write(&file, bytes).map(|()| file)
    };
    let plain = write("plain", bytes)?;
    let gzip = write("gz", &gzip(bytes)?)?;
    let brotli = write("br", &brotli(bytes)?)?;
    Ok(format!(
        "Asset {{ name: {name:?}, content_type: {:?}, hash: {:?}, plain: include_bytes!({plain:?}), \
         gzip: include_bytes!({gzip:?}), brotli: include_bytes!({brotli:?}) }},\n",
        content_type(name),
        hex(&Sha256::digest(bytes)),
    ))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        // As registries of modules serve it; nothing is registered at IANA but a video format.
        Some((_, "ts")) => "application/typescript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let best = BrotliEncoderParams {
        quality: 11,
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut compressed, &best)?;
    Ok(compressed)
}

/// 64 bits of a digest tell one version of a file from another.
fn hex(digest: &[u8]) -> String {
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
