//! Files that have their name when they are whole, and not before.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use aftersales::AfterSale;
use jiff::Timestamp;
use tempfile::{NamedTempFile, TempDir};

use crate::args::PartitionKey;
use crate::console::Failure;
use crate::format::{Lines, ParquetFile};

/// At most so many bytes of cases wait to be written, in all files together.
const WAITING: usize = 64 << 20;
/// At most so many files are open at the same time.
const OPEN: usize = 128;
/// The month of a case of which nobody knows when it was opened, as Hive, Spark and DuckDB know it.
const UNKNOWN: &str = "__HIVE_DEFAULT_PARTITION__";

/// What is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content {
    Lines(Lines),
    Parquet,
}

impl Content {
    const fn extension(self) -> &'static str {
        match self {
            Self::Lines(lines) => lines.extension(),
            Self::Parquet => "parquet",
        }
    }
}

/// One file of cases.
enum Rows {
    Lines {
        lines: Lines,
        raw: bool,
        file: BufWriter<File>,
    },
    Parquet(Box<ParquetFile>),
}

impl Rows {
    fn new(content: Content, raw: bool, file: File) -> io::Result<Self> {
        Ok(match content {
            Content::Lines(lines) => {
                let mut file = BufWriter::new(file);
                file.write_all(lines.header(raw)?.as_bytes())?;
                Self::Lines { lines, raw, file }
            }
            Content::Parquet => Self::Parquet(Box::new(ParquetFile::new(file, raw)?)),
        })
    }

    fn add(&mut self, case: &AfterSale) -> io::Result<()> {
        match self {
            Self::Lines { lines, raw, file } => {
                let mut line = Vec::new();
                lines.append(case, *raw, &mut line)?;
                file.write_all(&line)
            }
            Self::Parquet(file) => {
                file.add(case);
                Ok(())
            }
        }
    }

    /// How many bytes are not written yet, as far as that matters.
    fn waiting(&self) -> usize {
        match self {
            Self::Lines { .. } => 0,
            Self::Parquet(file) => file.waiting(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Lines { .. } => Ok(()),
            Self::Parquet(file) => file.flush(),
        }
    }

    /// Writes the rest, down to the disk.
    fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Lines { file, .. } => file.into_inner().map_err(IntoInnerError::into_error)?,
            Self::Parquet(file) => file.finish()?,
        };
        file.sync_all()
    }
}

/// One file. Dropped before it is finished, nothing is left of it.
pub(crate) struct OneFile {
    temporary: NamedTempFile,
    rows: Rows,
    path: PathBuf,
}

impl OneFile {
    pub(crate) fn create(path: &Path, content: Content, raw: bool) -> Result<Self, Failure> {
        if path.exists() && !path.is_file() {
            let what = format!("{}: this is no file", path.display());
            let hint = "name a file, or divide the export into folders with --partition";
            return Err(Failure::usage(what, hint));
        }
        let create = || {
            let temporary = hidden(0o666).tempfile_in(folder_of(path))?;
            let rows = Rows::new(content, raw, temporary.reopen()?)?;
            Ok((temporary, rows))
        };
        let (temporary, rows) = create().map_err(failed(path))?;
        Ok(Self {
            temporary,
            rows,
            path: path.to_owned(),
        })
    }

    pub(crate) fn add(&mut self, case: &AfterSale) -> Result<(), Failure> {
        let add = |rows: &mut Rows| {
            rows.add(case)?;
            if rows.waiting() > WAITING {
                rows.flush()?;
            }
            Ok(())
        };
        add(&mut self.rows).map_err(failed(&self.path))
    }

    /// Gives the file its name, in the place of one that had it before.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self {
            temporary,
            rows,
            path,
        } = self;
        rows.finish().map_err(failed(&path))?;
        let named = temporary.persist(&path).map_err(|error| error.error);
        named.map(drop).map_err(failed(&path))
    }
}

/// A folder of folders with files. Dropped before it is finished, nothing is left of it.
pub(crate) struct Folder {
    temporary: TempDir,
    path: PathBuf,
    keys: Vec<PartitionKey>,
    content: Content,
    raw: bool,
    /// The files that are open, by their partitions.
    open: HashMap<String, Part>,
    /// How many files each partition has.
    parts: HashMap<String, u32>,
    waiting: usize,
    cases: u64,
}

struct Part {
    rows: Rows,
    /// Which was the last case that was written to it.
    last: u64,
}

impl Folder {
    pub(crate) fn create(
        path: &Path,
        keys: &[PartitionKey],
        content: Content,
        raw: bool,
    ) -> Result<Self, Failure> {
        let is_free = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if !is_free {
            let what = format!("{}: there is something in its place", path.display());
            return Err(Failure::usage(
                what,
                "name a folder that is empty, or not there yet",
            ));
        }
        let temporary = hidden(0o777).tempdir_in(folder_of(path));
        Ok(Self {
            temporary: temporary.map_err(failed(path))?,
            path: path.to_owned(),
            keys: keys.to_vec(),
            content,
            raw,
            open: HashMap::new(),
            parts: HashMap::new(),
            waiting: 0,
            cases: 0,
        })
    }

    pub(crate) fn add(&mut self, case: &AfterSale) -> Result<(), Failure> {
        self.write(case).map_err(failed(&self.path))
    }

    fn write(&mut self, case: &AfterSale) -> io::Result<()> {
        let partition = partition(&self.keys, case);
        if !self.open.contains_key(&partition) {
            if self.open.len() >= OPEN {
                self.close_oldest()?;
            }
            let rows = self.new_part(&partition)?;
            self.open.insert(partition.clone(), Part { rows, last: 0 });
        }
        self.cases += 1;
        if let Some(part) = self.open.get_mut(&partition) {
            let before = part.rows.waiting();
            part.rows.add(case)?;
            part.last = self.cases;
            self.waiting += part.rows.waiting() - before;
        }
        if self.waiting > WAITING {
            let parts = self.open.values_mut();
            if let Some(fullest) = parts.max_by_key(|part| part.rows.waiting()) {
                self.waiting -= fullest.rows.waiting();
                fullest.rows.flush()?;
            }
        }
        Ok(())
    }

    fn new_part(&mut self, partition: &str) -> io::Result<Rows> {
        let number = self.parts.entry(partition.to_owned()).or_default();
        let folder = self.temporary.path().join(partition);
        fs::create_dir_all(&folder)?;
        let name = format!("part-{number}.{}", self.content.extension());
        *number += 1;
        Rows::new(self.content, self.raw, File::create(folder.join(name))?)
    }

    /// Finishes the file that has not been written to for longest.
    fn close_oldest(&mut self) -> io::Result<()> {
        let oldest = self.open.iter().min_by_key(|(_, part)| part.last);
        let Some(oldest) = oldest.map(|(partition, _)| partition.clone()) else {
            return Ok(());
        };
        if let Some(part) = self.open.remove(&oldest) {
            self.waiting -= part.rows.waiting();
            part.rows.finish()?;
        }
        Ok(())
    }

    /// Gives the folder its name, and tells how many files are in it.
    pub(crate) fn finish(self) -> Result<u64, Failure> {
        let Self {
            temporary,
            path,
            open,
            parts,
            ..
        } = self;
        let finish = || {
            for part in open.into_values() {
                part.rows.finish()?;
            }
            // Empty, or it would have been refused.
            match fs::remove_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => fs::rename(temporary.path(), &path)?,
            }
            // There is nothing left to remove.
            drop(temporary.keep());
            Ok(parts.values().map(|&files| u64::from(files)).sum())
        };
        finish().map_err(failed(&path))
    }
}

/// The folder of a case, as Hive, Spark and DuckDB read it: `platform=xiaoe/month=2024-04`.
fn partition(keys: &[PartitionKey], case: &AfterSale) -> String {
    let names = keys.iter().map(|key| match key {
        PartitionKey::Platform => format!("platform={}", escaped(case.platform.as_str())),
        PartitionKey::Month => format!("month={}", month(case.created_at)),
    });
    names.collect::<Vec<_>>().join("/")
}

/// The month, UTC.
fn month(at: Option<Timestamp>) -> String {
    at.map_or_else(|| UNKNOWN.to_owned(), |at| at.strftime("%Y-%m").to_string())
}

/// A value as it may stand in the name of a folder, everything else as Hive escapes it.
fn escaped(value: &str) -> String {
    let bytes = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}

/// A hidden name for what is not whole, with the rights that anything new has.
fn hidden(#[cfg_attr(not(unix), expect(unused))] mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".aftersales-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure {
    move |error| {
        let what = format!("{}: it cannot be written: {error}", path.display());
        Failure::new(what, "check the disk and the folder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::examples;

    #[test]
    fn a_partition_is_a_folder_that_others_understand() {
        use PartitionKey::{Month, Platform};

        let mut case = examples::cases().swap_remove(1);
        assert_eq!(
            partition(&[Platform, Month], &case),
            "platform=xiaoe/month=2024-05"
        );
        assert_eq!(partition(&[Month], &case), "month=2024-05");
        case.created_at = "2024-04-30T23:59:59.999Z".parse().ok();
        assert_eq!(
            partition(&[Month, Platform], &case),
            "month=2024-04/platform=xiaoe"
        );
        case.created_at = None;
        case.platform = aftersales::Platform::from("../a b/é".to_owned());
        assert_eq!(
            partition(&[Platform, Month], &case),
            "platform=..%2Fa%20b%2F%C3%A9/month=__HIVE_DEFAULT_PARTITION__"
        );
    }

    #[test]
    fn more_partitions_than_open_files_are_more_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases");
        let content = Content::Lines(Lines::Ndjson);
        let mut export = Folder::create(&path, &[PartitionKey::Month], content, false).unwrap();
        let mut case = examples::cases().swap_remove(0);
        let months = OPEN + 2;
        for round in 0..3 {
            for month in 0..months {
                let instant = format!(
                    "{:04}-{:02}-01T00:00:00Z",
                    2000 + month / 12,
                    1 + month % 12
                );
                case.created_at = instant.parse().ok();
                case.id = format!("{round} {month}");
                export.add(&case).unwrap();
            }
        }
        assert_eq!(export.open.len(), OPEN);
        let files = export.finish().unwrap();
        let mut met = Vec::new();
        for folder in fs::read_dir(&path).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let text = fs::read_to_string(file.unwrap().path()).unwrap();
                met.push(text.lines().count());
            }
        }
        assert_eq!(u64::try_from(met.len()).unwrap(), files);
        assert!(met.len() > months);
        assert_eq!(met.iter().sum::<usize>(), 3 * months);
    }
}
