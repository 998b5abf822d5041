//! Records as they are kept: as JSON, the raw record in it byte for byte, compressed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use core_model::AfterSale;
use twox_hash::XxHash3_128;
use zstd::bulk::{Compressor, Decompressor};

use crate::{Error, ErrorKind, Result};

/// Fast, and with a dictionary nearly as small as higher levels.
const LEVEL: i32 = 3;

/// No record is longer than the longest answer that a client accepts, and its unified form adds less than that.
const LONGEST: usize = 128 << 20;

/// Stands for the content of a record: the same record has the same fingerprint, in every version of this program.
pub(crate) type Fingerprint = [u8; 16];

/// Appends a record and tells its fingerprint.
pub(crate) fn encode(record: &AfterSale, into: &mut Vec<u8>) -> Result<Fingerprint> {
    let start = into.len();
    serde_json::to_writer(&mut *into, record).map_err(|error| {
        Error::new(ErrorKind::Config, "a record cannot be written as JSON").with_cause(error)
    })?;
    Ok(fingerprint(into.get(start..).unwrap_or_default()))
}

fn fingerprint(body: &[u8]) -> Fingerprint {
    XxHash3_128::oneshot(body).to_be_bytes()
}

/// What the records of a platform have in common.
#[derive(Debug, Clone)]
pub(crate) struct Dictionary {
    id: i64,
    content: Arc<[u8]>,
}

impl Dictionary {
    pub(crate) fn new(content: &[u8]) -> Self {
        let [a, b, c, d, ..] = fingerprint(content);
        Self {
            id: u32::from_be_bytes([a, b, c, d]).into(),
            content: Arc::from(content),
        }
    }

    /// The same for the same content and for no other, so that it can be remembered whatever becomes of a transaction.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Compresses records.
#[derive(Default)]
pub(crate) struct Packer(HashMap<Option<i64>, Compressor<'static>>);

impl Packer {
    pub(crate) fn pack(&mut self, body: &[u8], dictionary: Option<&Dictionary>) -> Result<Vec<u8>> {
        let id = dictionary.map(Dictionary::id);
        let compressor = match self.0.entry(id) {
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

/// Takes records apart again.
#[derive(Default)]
pub(crate) struct Unpacker {
    decompressors: HashMap<Option<i64>, Decompressor<'static>>,
    body: Vec<u8>,
}

impl Unpacker {
    /// Whether records with this dictionary can be read; if not, it is to be [given](Self::learn).
    pub(crate) fn knows(&self, dictionary: Option<i64>) -> bool {
        self.decompressors.contains_key(&dictionary)
    }

    /// From now on records with this dictionary can be read.
    pub(crate) fn learn(&mut self, dictionary: Option<&Dictionary>) -> Result<()> {
        let content = dictionary.map_or(&[][..], Dictionary::content);
        let decompressor = Decompressor::with_dictionary(content).map_err(damaged)?;
        let id = dictionary.map(Dictionary::id);
        self.decompressors.insert(id, decompressor);
        Ok(())
    }

    /// The record, if it is the one that was written.
    pub(crate) fn unpack(
        &mut self,
        packed: &[u8],
        dictionary: Option<i64>,
        expected: &[u8],
    ) -> Result<AfterSale> {
        let lost = || Error::new(ErrorKind::Corrupt, "the dictionary of a record is missing");
        let decompressor = self.decompressors.get_mut(&dictionary).ok_or_else(lost)?;
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
