//! A list of breached passwords on disk.

mod sorted;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use auth_core::error::BoxError;
use auth_core::{BreachedPasswords, Sha1Hex};

use sorted::Sorted;

/// How many hex digits the name of a range file has.
const PREFIX: usize = 5;

/// How many hex digits a SHA-1 has.
const HASH: usize = 40;

/// How many range files of a folder are looked at, the first and the last among them.
const SAMPLES: u32 = 17;

/// The passwords of [Pwned Passwords](https://haveibeenpwned.com/Passwords), as its downloader
/// writes them: a file with a line `SHA1:COUNT` for each, sorted, or a folder with a file
/// `ABCDE.txt` for each five digits that hashes begin with, with lines `REST:COUNT`.
///
/// Nothing of it is kept in memory: a look-up is a binary search, some 36 short reads in the
/// whole list. It opens the file anew, so that a newer one can be moved to its place at any time.
#[derive(Clone, Debug)]
pub struct BreachedList {
    path: PathBuf,
}

/// Why a list of breached passwords can't be used. `Display` names the file.
#[derive(Debug, thiserror::Error)]
#[error("{} {problem}", path.display())]
pub struct UnfitList {
    path: PathBuf,
    problem: Problem,
}

/// What is wrong with a file or a folder.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("can't be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("is neither a file nor a folder")]
    OfNoKind,
    #[error("is empty")]
    Empty,
    #[error("has no line of {width} hex digits and a count at byte {at}")]
    Form { at: u64, width: usize },
    #[error("is not sorted by hash at byte {at}")]
    Order { at: u64 },
    #[error("ends before the last hashes")]
    Part,
}

impl BreachedList {
    /// The list in a file or a folder, which is opened when it is asked.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads a part of the list to see whether it can be used. Blocks while it does.
    ///
    /// # Errors
    /// When a file is missing, empty, of another form, not sorted by hash, or part of a list.
    pub fn check(&self) -> Result<(), UnfitList> {
        if !self.is_folder()? {
            return open(&self.path, HASH, Sorted::check);
        }
        let last = (1 << (4 * PREFIX)) - 1;
        (0..SAMPLES).try_for_each(|n| {
            let prefix = format!("{:05X}", n * (last / (SAMPLES - 1)));
            open(&self.range(&prefix), HASH - PREFIX, Sorted::check)
        })
    }

    fn look_up(&self, hash: &Sha1Hex) -> Result<bool, UnfitList> {
        let digits = hash.digits();
        if !self.is_folder()? {
            return open(&self.path, HASH, |lines| lines.contains(digits));
        }
        let (prefix, rest) = digits.split_at(PREFIX);
        let file = self.range(&String::from_utf8_lossy(prefix));
        open(&file, HASH - PREFIX, |lines| lines.contains(rest))
    }

    /// Opening another kind of file, such as a pipe, might never end.
    fn is_folder(&self) -> Result<bool, UnfitList> {
        let problem = match fs::metadata(&self.path) {
            Ok(meta) if meta.is_dir() => return Ok(true),
            Ok(meta) if meta.is_file() => return Ok(false),
            Ok(_) => Problem::OfNoKind,
            Err(error) => error.into(),
        };
        Err(unfit(&self.path, problem))
    }

    fn range(&self, prefix: &str) -> PathBuf {
        self.path.join(format!("{prefix}.txt"))
    }
}

/// Does something with the lines of a file.
fn open<T>(
    path: &Path,
    width: usize,
    work: impl FnOnce(&mut Sorted<File>) -> Result<T, Problem>,
) -> Result<T, UnfitList> {
    let lines = File::open(path).map_err(Problem::from);
    let lines = lines.and_then(|file| Sorted::new(file, width));
    let done = lines.and_then(|mut lines| work(&mut lines));
    done.map_err(|problem| unfit(path, problem))
}

fn unfit(path: &Path, problem: Problem) -> UnfitList {
    let path = path.to_owned();
    UnfitList { path, problem }
}

#[async_trait]
impl BreachedPasswords for BreachedList {
    /// Looks it up on a thread that may wait for a disk.
    async fn contains(&self, password: &Sha1Hex) -> Result<bool, BoxError> {
        let (list, hash) = (self.clone(), password.clone());
        let found = tokio::task::spawn_blocking(move || list.look_up(&hash));
        Ok(found.await??)
    }
}

#[cfg(test)]
mod tests {
    use auth_core::Password;
    use tempfile::TempDir;

    use super::*;

    const BREACHED: &str = "plenty of llamas";

    /// Lines around the hash of a breached password, and those of its range.
    fn lines() -> (String, String, String) {
        let hash = Sha1Hex::of(&Password::new(BREACHED));
        let hash = String::from_utf8_lossy(hash.digits()).into_owned();
        let (prefix, rest) = hash.split_at(PREFIX);
        let (zeros, fs) = ("0".repeat(HASH), "F".repeat(HASH));
        let whole = format!("{zeros}:1\r\n{hash}:20\r\n{fs}:3\r\n");
        let range = format!("{}:1\n{rest}:20\n{}:3\n", &zeros[5..], &fs[5..]);
        (whole, prefix.to_owned(), range)
    }

    async fn holds(list: &BreachedList, password: &str) -> bool {
        let hash = Sha1Hex::of(&Password::new(password));
        list.contains(&hash).await.unwrap()
    }

    fn told(path: &Path) -> String {
        let problem = BreachedList::new(path).check().unwrap_err();
        problem.to_string()
    }

    #[tokio::test]
    async fn a_file_is_a_list() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pwned.txt");
        fs::write(&file, lines().0).unwrap();
        let list = BreachedList::new(&file);
        list.check().unwrap();
        assert!(holds(&list, BREACHED).await);
        assert!(!holds(&list, "plenty of alpacas").await);
    }

    #[tokio::test]
    async fn a_folder_of_ranges_is_a_list() {
        let folder = TempDir::new().unwrap();
        let (_, prefix, range) = lines();
        let list = BreachedList::new(folder.path());
        let missing = folder.path().join("00000.txt");
        let missing = format!("{} can't be read", missing.display());
        assert!(told(folder.path()).starts_with(&missing));
        for n in 0..SAMPLES {
            let name = format!("{:05X}.txt", n * 0xFFFF);
            fs::write(folder.path().join(name), &range).unwrap();
        }
        list.check().unwrap();
        // A range that the download left out is no reason to accept what is in it.
        let hash = Sha1Hex::of(&Password::new(BREACHED));
        assert!(list.contains(&hash).await.is_err());
        fs::write(list.range(&prefix), &range).unwrap();
        assert!(holds(&list, BREACHED).await);
    }

    #[tokio::test]
    async fn a_list_that_is_replaced_is_read_anew() {
        let folder = TempDir::new().unwrap();
        let [file, newer] = ["old", "new"].map(|name| folder.path().join(name));
        fs::write(&file, format!("{}:1\n", "0".repeat(HASH))).unwrap();
        let list = BreachedList::new(&file);
        assert!(!holds(&list, BREACHED).await);
        fs::write(&newer, lines().0).unwrap();
        fs::rename(&newer, &file).unwrap();
        assert!(holds(&list, BREACHED).await);
    }

    #[tokio::test]
    async fn a_list_that_is_gone_or_emptied_tells_nothing() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pwned.txt");
        let hash = Sha1Hex::of(&Password::new(BREACHED));
        let list = BreachedList::new(&file);
        assert!(list.contains(&hash).await.is_err());
        fs::write(&file, "").unwrap();
        assert!(list.contains(&hash).await.is_err());
    }

    #[test]
    fn what_is_no_list_is_named() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pwned.txt");
        let name = file.display().to_string();
        assert!(told(&file).starts_with(&format!("{name} can't be read: ")));
        fs::write(&file, "").unwrap();
        assert_eq!(told(&file), format!("{name} is empty"));
        fs::write(&file, lines().2).unwrap();
        let form = format!("{name} has no line of 40 hex digits and a count at byte 0");
        assert_eq!(told(&file), form);
        #[cfg(unix)]
        assert_eq!(
            told(Path::new("/dev/null")),
            "/dev/null is neither a file nor a folder"
        );
    }
}
