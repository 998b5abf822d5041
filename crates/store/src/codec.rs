//! Records as they are kept: as JSON, the raw record in it byte for byte, compressed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroU32;
use std::sync::Arc;

use core_model::AfterSale;
use twox_hash::XxHash3_64;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{get_dict_id_from_dict, get_dict_id_from_frame};

use crate::{Error, ErrorKind, Result};

/// Fast, and with a dictionary nearly as small as higher levels.
const LEVEL: i32 = 3;

/// No record is longer than the longest answer that a client accepts, and its unified form adds less than that.
const LONGEST: usize = 128 << 20;

/// Stands for the content of a record: the same record has the same fingerprint, in every version of this program.
pub(crate) type Fingerprint = i64;

/// Appends a record and tells its fingerprint.
pub(crate) fn encode(record: &AfterSale, into: &mut Vec<u8>) -> Result<Fingerprint> {
    let start = into.len();
    record.append_json(into).map_err(|error| {
        Error::new(ErrorKind::Config, "a record cannot be written as JSON").with_cause(error)
    })?;
    Ok(fingerprint(into.get(start..).unwrap_or_default()))
}

/// The form in which a record is kept.
pub(crate) fn body(record: &AfterSale) -> Result<String> {
    let mut body = Vec::new();
    encode(record, &mut body)?;
    String::from_utf8(body).map_err(damaged)
}

fn fingerprint(body: &[u8]) -> Fingerprint {
    XxHash3_64::oneshot(body).cast_signed()
}

/// A short number to look an id up by.
pub(crate) fn id_hash(id: &str) -> i32 {
    let [a, b, c, d, ..] = XxHash3_64::oneshot(id.as_bytes()).to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// What the records of a platform have in common.
#[derive(Debug, Clone)]
pub(crate) struct Dictionary {
    id: NonZeroU32,
    content: Arc<[u8]>,
}

impl Dictionary {
    /// A dictionary that zstd has made.
    pub(crate) fn new(content: &[u8]) -> Result<Self> {
        let id = get_dict_id_from_dict(content);
        Ok(Self {
            id: id.ok_or_else(|| Error::new(ErrorKind::Corrupt, "a dictionary is none"))?,
            content: Arc::from(content),
        })
    }

    /// A number that zstd makes of the content and writes into whatever it compresses with it.
    pub(crate) fn id(&self) -> u32 {
        self.id.get()
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Compresses records.
#[derive(Default)]
pub(crate) struct Packer(HashMap<Option<u32>, Compressor<'static>>);

impl Packer {
    pub(crate) fn pack(&mut self, body: &[u8], dictionary: Option<&Dictionary>) -> Result<Vec<u8>> {
        let compressor = match self.0.entry(dictionary.map(Dictionary::id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let content = dictionary.map_or(&[][..], Dictionary::content);
                new.insert(Compressor::with_dictionary(LEVEL, content).map_err(failed)?)
            }
        };
        compressor.compress(body).map_err(failed)
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Database, "a record cannot be compressed").with_cause(error)
}

/// With which dictionary a record is compressed.
pub(crate) fn dictionary_of(packed: &[u8]) -> Option<u32> {
    get_dict_id_from_frame(packed).map(NonZeroU32::get)
}

/// Takes records apart again.
#[derive(Default)]
pub(crate) struct Unpacker {
    decompressors: HashMap<Option<u32>, Decompressor<'static>>,
    body: Vec<u8>,
}

impl Unpacker {
    /// Whether records with this dictionary can be read; if not, it is to be [given](Self::learn).
    pub(crate) fn knows(&self, dictionary: Option<u32>) -> bool {
        self.decompressors.contains_key(&dictionary)
    }

    /// From now on records with this dictionary can be read.
    pub(crate) fn learn(&mut self, dictionary: Option<&Dictionary>) -> Result<()> {
        let content = dictionary.map_or(&[][..], Dictionary::content);
        let decompressor = Decompressor::with_dictionary(content).map_err(damaged)?;
        self.decompressors
            .insert(dictionary.map(Dictionary::id), decompressor);
        Ok(())
    }

    /// The record, if it is the one that was written.
    pub(crate) fn unpack(&mut self, packed: &[u8], expected: Fingerprint) -> Result<AfterSale> {
        let decompressor = self.decompressors.get_mut(&dictionary_of(packed));
        let decompressor = decompressor.ok_or_else(|| damaged("its dictionary is missing"))?;
        let length = Decompressor::upper_bound(packed).filter(|&length| length <= LONGEST);
        let length = length.ok_or_else(|| damaged("it does not say how long it is"))?;
        self.body.clear();
        self.body.reserve(length);
        decompressor
            .decompress_to_buffer(packed, &mut self.body)
            .map_err(damaged)?;
        if fingerprint(&self.body) != expected {
            return Err(damaged("it is not what was written"));
        }
        serde_json::from_slice(&self.body).map_err(damaged)
    }
}

fn damaged(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Corrupt, "a stored record cannot be read").with_cause(cause)
}
