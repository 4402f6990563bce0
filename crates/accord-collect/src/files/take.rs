//! Makes segments of what is due.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use accord_logstore::{Decompressed, FilePlace, Origin, OriginPlace, Segment};

use super::file::{StretchReader, cut, first_bytes, head_of, open};
use super::streams::Taken;
use super::{FileId, FilesCollector, Followed, Phase, position, seconds};
use crate::error::{Error, Result};
use crate::limits::HEAD_BYTES;
use crate::settings::Take;
use crate::status::Count;
use crate::store::Import;

/// The most of a finished file that becomes one segment, bytes.
const MOST_FINISHED_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// A stretch that is to be taken.
struct Due {
    file: File,
    from: u64,
    to: u64,
    place: FilePlace,
}

impl FilesCollector {
    /// Takes one stretch of each file where one is due. Whether any was.
    pub(super) fn take_due(&mut self, now_ms: i64, stopped: &dyn Fn() -> bool) -> Result<bool> {
        let plain = self
            .followed
            .iter()
            .filter(|(_, file)| matches!(file.phase, Phase::Plain(_)));
        let mut keys: Vec<((u64, u64), String)> = plain
            .filter(|(_, file)| file.untaken_since_ms.is_some())
            .map(|(key, file)| (*key, file.name.clone()))
            .collect();
        keys.sort_by(|a, b| a.1.cmp(&b.1));
        let mut any = false;
        for (key, name) in keys {
            if stopped() {
                break;
            }
            match self.due(key, now_ms) {
                Ok(Some(due)) => any |= self.take(key, due, now_ms)?,
                Ok(None) => {}
                // The file's fault, not the store's: the others go on.
                Err(error) => self.status.error(now_ms, format!("cannot read {name}: {error}")),
            }
        }
        Ok(any)
    }

    /// The stretch of a file that is due, if one is.
    fn due(&mut self, key: (u64, u64), now_ms: i64) -> io::Result<Option<Due>> {
        let Some(file) = self.followed.get_mut(&key) else {
            return Ok(None);
        };
        let Phase::Plain(stream) = file.phase else {
            return Ok(None);
        };
        let from = position(&self.streams, stream);
        let untaken = file.size.saturating_sub(from);
        let settings = &self.settings;
        let quiet_ms = now_ms.saturating_sub(file.changed_ms);
        let partial = quiet_ms >= seconds(settings.partial_line_s);
        let since = file.untaken_since_ms.unwrap_or(now_ms);
        let old = now_ms.saturating_sub(since) >= seconds(settings.segment_age_s);
        let (most, is_due, partial) = match settings.take {
            Take::Growing => {
                let full = untaken >= settings.segment_bytes;
                let is_due = full || old || (file.gone && partial);
                (settings.segment_bytes, is_due, partial)
            }
            Take::Finished => {
                let rests = quiet_ms >= seconds(settings.settle_s);
                (MOST_FINISHED_BYTES, rests, true)
            }
        };
        if untaken == 0 || !is_due {
            return Ok(None);
        }
        let opened = opened(file)?;
        let first = first_bytes(&opened)?;
        let known = stream.and_then(|number| self.streams.get(number));
        if let Some(known) = known
            && head_of(&first, known.head.length) != Some(known.head)
        {
            // Truncated and grown beyond where it was, between two looks.
            self.status.count(Count::TruncatedBytes, untaken);
            file.begin_anew();
            file.untaken_since_ms = Some(now_ms);
            return Ok(None);
        }
        let Some(to) = cut(&opened, from, file.size, most, partial, &mut file.searched)? else {
            return Ok(None);
        };
        let head = head_of(&first, to.min(HEAD_BYTES as u64));
        let head = head.ok_or_else(|| io::Error::other("it was truncated just now"))?;
        let place = FilePlace {
            path: file.path.to_string_lossy().into_owned(),
            device: file.id.device,
            inode: file.id.inode,
            created_ns: file.id.created_ns,
            stream: stream.unwrap_or_else(|| self.streams.next()),
            from,
            compressed: false,
            head,
        };
        Ok(Some(Due {
            file: opened,
            from,
            to,
            place,
        }))
    }

    /// Whether it became a segment.
    fn take(&mut self, key: (u64, u64), due: Due, now_ms: i64) -> Result<bool> {
        let mut reader = StretchReader {
            file: &due.file,
            at: due.from,
            end: due.to,
            head: due.place.head,
        };
        let segment = match self.import(due.place.clone(), &mut reader, now_ms) {
            Ok(segment) => segment,
            // Truncated or replaced meanwhile: the next look tells.
            Err(Error::Store(error @ accord_logstore::Error::Input { .. })) => {
                self.status.error(now_ms, error.to_string());
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        self.streams.add(&due.place, Taken::by(&segment));
        if let Some(file) = self.followed.get_mut(&key) {
            file.phase = Phase::Plain(Some(due.place.stream));
            file.untaken_since_ms = (file.size > due.to).then_some(now_ms);
        }
        Ok(true)
    }

    fn import(&self, place: FilePlace, reader: &mut dyn Read, now_ms: i64) -> Result<Arc<Segment>> {
        let name = place.path.clone();
        let origin = Origin {
            collector: self.settings.name.clone(),
            at: OriginPlace::File(place),
        };
        let segment = self.store.import(Import {
            source: &self.settings.source,
            original_name: &name,
            origin,
            now_ms,
            reader,
        })?;
        self.status.took(&segment);
        Ok(segment)
    }

    /// Takes a compressed file that rests: whole, or behind what was taken of its log.
    pub(super) fn take_packed(
        &self,
        file: &Followed,
        opened: &File,
        stream: Option<u64>,
        now_ms: i64,
    ) -> Result<(FilePlace, Arc<Segment>)> {
        let failed = || Error::file("read", &file.path);
        let mut handle = opened;
        handle.rewind().map_err(failed())?;
        let known = stream.and_then(|number| self.streams.get(number).map(|known| (number, known)));
        let place = |number: u64, from: u64, head| FilePlace {
            path: file.path.to_string_lossy().into_owned(),
            device: file.id.device,
            inode: file.id.inode,
            created_ns: file.id.created_ns,
            stream: number,
            from,
            compressed: true,
            head,
        };
        if let Some((number, known)) = known {
            let mut log = Decompressed::open(&mut handle).map_err(failed())?;
            io::copy(&mut (&mut log).take(known.to), &mut io::sink()).map_err(failed())?;
            let place = place(number, known.to, known.head);
            let segment = self.import(place.clone(), &mut log, now_ms)?;
            return Ok((place, segment));
        }
        let mut first = Vec::new();
        Decompressed::open(&mut handle)
            .and_then(|log| log.take(HEAD_BYTES as u64).read_to_end(&mut first))
            .map_err(failed())?;
        handle.rewind().map_err(failed())?;
        let head = head_of(&first, first.len() as u64);
        let head = head.ok_or_else(|| Error::Refused("it is empty".to_owned()))?;
        let place = place(self.streams.next(), 0, head);
        let segment = self.import(place.clone(), &mut handle, now_ms)?;
        Ok((place, segment))
    }
}

fn opened(file: &mut Followed) -> io::Result<File> {
    if let Some(open) = &file.file {
        return open.try_clone();
    }
    let (opened, metadata) = open(&file.path)?;
    if !FileId::of(&metadata).is_same(&file.id) {
        return Err(io::Error::other("it was replaced just now"));
    }
    file.file = Some(opened.try_clone()?);
    Ok(opened)
}
