//! A disk without faults against one as one would explain it: a map from paths to bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

type Bytes = Rc<RefCell<Vec<u8>>>;

/// Whole paths, in one map; a directory has no bytes.
struct Model {
    paths: BTreeMap<String, Option<Bytes>>,
    open: BTreeMap<FileId, (Bytes, bool)>,
}

/// A request in which files are numbers, to be taken modulo those that are open.
#[derive(Clone, Debug)]
enum Request {
    Open(String, OpenMode),
    Read(usize, u64, usize),
    Write(usize, u64, Vec<u8>),
    Length(usize),
    Sync(usize),
    Close(usize),
    Rename(String, String),
    Remove(String),
    List(String),
    CreateDirectory(String),
    SyncDirectory(String),
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|names| format!("/{}", names.join("/")))
}

fn request() -> impl Strategy<Value = Request> {
    let mode = prop::sample::select(vec![OpenMode::Read, OpenMode::Create, OpenMode::Temporary]);
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => (path(), mode).prop_map(|(path, mode)| Request::Open(path, mode)),
        3 => (any::<usize>(), 0..60_u64, 0..60_usize).prop_map(|(file, at, length)| Request::Read(file, at, length)),
        4 => (any::<usize>(), 0..60_u64, bytes).prop_map(|(file, at, bytes)| Request::Write(file, at, bytes)),
        1 => any::<usize>().prop_map(Request::Length),
        1 => any::<usize>().prop_map(Request::Sync),
        1 => any::<usize>().prop_map(Request::Close),
        3 => (path(), path()).prop_map(|(from, to)| Request::Rename(from, to)),
        2 => path().prop_map(Request::Remove),
        2 => path().prop_map(Request::List),
        2 => path().prop_map(Request::CreateDirectory),
        1 => path().prop_map(Request::SyncDirectory),
    ]
}

impl Request {
    fn operation(&self, files: &[FileId]) -> FileOperation {
        let file =
            |number: &usize| files.get(number % files.len().max(1)).copied().unwrap_or(FileId(u64::MAX));
        match self {
            Self::Open(path, mode) => opening(path, *mode),
            Self::Read(number, offset, length) => {
                FileOperation::Read { file: file(number), offset: *offset, length: *length }
            }
            Self::Write(number, offset, bytes) => writing(file(number), *offset, bytes),
            Self::Length(number) => FileOperation::Length { file: file(number) },
            Self::Sync(number) => FileOperation::Sync { file: file(number) },
            Self::Close(number) => FileOperation::Close { file: file(number) },
            Self::Rename(from, to) => FileOperation::Rename { from: from.into(), to: to.into() },
            Self::Remove(path) => FileOperation::Remove { path: path.into() },
            Self::List(directory) => FileOperation::List { directory: directory.into() },
            Self::CreateDirectory(directory) => {
                FileOperation::CreateDirectory { directory: directory.into() }
            }
            Self::SyncDirectory(directory) => FileOperation::SyncDirectory { directory: directory.into() },
        }
    }
}

/// Whether it worked, and what was said. Which error it is has a test of its own.
type Said = Option<FileAnswer>;

impl Model {
    fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || matches!(self.paths.get(path), Some(None))
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let within = format!("{directory}/");
        self.paths.keys().filter_map(|path| path.strip_prefix(&within)).map(str::to_string).collect()
    }

    fn do_(&mut self, operation: &FileOperation, id: Option<FileId>) -> Said {
        let text = |path: &Path| path.to_str().unwrap().to_string();
        match operation {
            FileOperation::Open { path, mode } => {
                let bytes = self.open(&text(path), *mode)?;
                self.open.insert(id?, (bytes, *mode != OpenMode::Read));
                Some(FileAnswer::Opened(id?))
            }
            FileOperation::Read { file, offset, length } => {
                let all = self.open.get(file)?.0.borrow();
                let from = usize::try_from(*offset).unwrap();
                let read: Vec<u8> = all.iter().skip(from).take(*length).copied().collect();
                Some(FileAnswer::Bytes(Buffer::from(read)))
            }
            FileOperation::Write { file, offset, bytes } => {
                let (all, _) = self.open.get(file).filter(|(_, writable)| *writable)?;
                for (place, byte) in (usize::try_from(*offset).unwrap()..).zip(bytes.iter()) {
                    let mut all = all.borrow_mut();
                    let length = all.len().max(place + 1);
                    all.resize(length, 0);
                    all[place] = *byte;
                }
                Some(FileAnswer::Done)
            }
            FileOperation::Length { file } => {
                Some(FileAnswer::Length(self.open.get(file)?.0.borrow().len() as u64))
            }
            FileOperation::Modified { .. } => unreachable!("the model has no time, and nobody asks"),
            FileOperation::Sync { file } => self.open.get(file).map(|_| FileAnswer::Done),
            FileOperation::Close { file } => self.open.remove(file).map(|_| FileAnswer::Done),
            FileOperation::Rename { from, to } => self.rename(&text(from), &text(to)),
            FileOperation::Remove { path } => {
                let path = text(path);
                self.paths.get(&path)?.as_ref()?;
                self.paths.remove(&path);
                Some(FileAnswer::Done)
            }
            FileOperation::List { directory } => {
                let directory = text(directory);
                let mut names = self.below(&directory);
                names.retain(|name| !name.contains('/'));
                self.is_directory(&directory).then_some(FileAnswer::Names(names))
            }
            FileOperation::CreateDirectory { directory } => {
                let directory = text(directory);
                let ends = directory.match_indices('/').map(|(at, _)| at).skip(1).chain([directory.len()]);
                let all: Vec<&str> = ends.map(|end| &directory[..end]).collect();
                for path in all {
                    if self.paths.entry(path.into()).or_default().is_some() {
                        return None;
                    }
                }
                Some(FileAnswer::Done)
            }
            FileOperation::SyncDirectory { directory } => {
                self.is_directory(&text(directory)).then_some(FileAnswer::Done)
            }
        }
    }

    fn open(&mut self, path: &str, mode: OpenMode) -> Option<Bytes> {
        match mode {
            OpenMode::Read => self.paths.get(path)?.clone(),
            OpenMode::Temporary => self.is_directory(path).then(Bytes::default),
            OpenMode::Create => {
                let above = path.rsplit_once('/').unwrap().0;
                if self.paths.contains_key(path) || !self.is_directory(above) {
                    return None;
                }
                let bytes = Bytes::default();
                self.paths.insert(path.into(), Some(bytes.clone()));
                Some(bytes)
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Said {
        let moved = self.paths.get(from)?.clone();
        let above = to.rsplit_once('/').unwrap().0;
        let fits = match (&moved, self.paths.get(to)) {
            _ if from == to => true,
            (_, None) => true,
            (Some(_), Some(there)) => there.is_some(),
            (None, Some(there)) => there.is_none() && self.below(to).is_empty(),
        };
        if !fits || !self.is_directory(above) || to.starts_with(&format!("{from}/")) {
            return None;
        }
        let inner: Vec<(String, String)> =
            self.below(from).iter().map(|name| (format!("{from}/{name}"), format!("{to}/{name}"))).collect();
        for (from, to) in [(from.to_string(), to.to_string())].into_iter().chain(inner) {
            let entry = self.paths.remove(&from).unwrap();
            self.paths.insert(to, entry);
        }
        Some(FileAnswer::Done)
    }
}

proptest! {
    #[test]
    fn a_disk_without_faults_is_a_map_of_bytes(requests in prop::collection::vec(request(), 1..120)) {
        let mut disk = disk(1, DiskFaults::none());
        let mut model = Model { paths: BTreeMap::new(), open: BTreeMap::new() };
        for request in requests {
            let files: Vec<FileId> = model.open.keys().copied().collect();
            let operation = request.operation(&files);
            let said = ask(&mut disk, operation.clone()).ok();
            let id = match said {
                Some(FileAnswer::Opened(file)) => Some(file),
                _ => None,
            };
            prop_assert_eq!(&said, &model.do_(&operation, id), "{:?}", operation);
            prop_assert!(disk.open_files().map(|(file, _)| file).eq(model.open.keys().copied()));
        }
        let mut held: Vec<&Bytes> = model.paths.values().flatten().collect();
        held.extend(model.open.values().map(|(bytes, _)| bytes));
        held.sort_by_key(|bytes| Rc::as_ptr(bytes));
        held.dedup_by(|one, other| Rc::ptr_eq(one, other));
        let used: usize = held.iter().map(|bytes| bytes.borrow().len()).sum();
        prop_assert_eq!(disk.used_bytes(), used as u64);
    }
}
