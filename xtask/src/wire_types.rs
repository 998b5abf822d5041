//! The types of a crate's `wire` module, read off its source: which keys of a body they read.

use std::collections::{BTreeMap, BTreeSet};

use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::{
    Attribute, GenericArgument, Item, ItemStruct, LitStr, PathArguments, Token, Type, token,
};

use crate::error::{Error, Result};

/// The structs of a module, by name.
#[derive(Debug)]
pub(crate) struct WireTypes(BTreeMap<String, Vec<Field>>);

#[derive(Debug)]
struct Field {
    name: String,
    /// The key in a body and its aliases; none for members that stand in the place of the field (`flatten`).
    keys: Vec<String>,
    /// The struct that it holds, in whatever it is wrapped (`List`, `Record`, `Option`).
    holds: Option<String>,
}

/// A field of a type, and its keys on the way from the body to there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `AfterSale.kind`.
    pub(crate) field: String,
    /// `["data", "type"]`: arrays leave no trace, because a `List` also reads what is none.
    pub(crate) keys: Vec<String>,
}

/// Reads the source of a `wire` module. `file` is its path in the workspace, for messages.
pub(crate) fn parse(file: &str, source: &str) -> Result<WireTypes> {
    structs(source)
        .map(WireTypes)
        .map_err(|error| Error::Check(format!("cannot read the types of {file}: {error}")))
}

impl WireTypes {
    /// Every field that has a key.
    pub(crate) fn fields(&self) -> impl Iterator<Item = String> {
        let types = self.0.iter();
        types.flat_map(|(name, fields)| {
            let fields = fields.iter().filter(|field| !field.keys.is_empty());
            fields.map(move |field| field.shown(name))
        })
    }

    /// Everywhere that a type reads something from a body.
    pub(crate) fn places(&self, root: &str) -> Vec<Place> {
        let mut places = Vec::new();
        self.collect(root, &[], &mut Vec::new(), &mut places);
        places
    }

    /// `within` are the types on the way here: one that holds itself is followed once.
    fn collect<'a>(
        &'a self,
        name: &'a str,
        path: &[String],
        within: &mut Vec<&'a str>,
        places: &mut Vec<Place>,
    ) {
        if within.contains(&name) {
            return;
        }
        within.push(name);
        for field in self.0.get(name).into_iter().flatten() {
            let mut paths: Vec<_> = field
                .keys
                .iter()
                .map(|key| [path, std::slice::from_ref(key)].concat())
                .collect();
            places.extend(paths.iter().map(|keys| Place {
                field: field.shown(name),
                keys: keys.clone(),
            }));
            if field.keys.is_empty() {
                paths.push(path.to_owned());
            }
            if let Some(inner) = &field.holds {
                for path in &paths {
                    self.collect(inner, path, within, places);
                }
            }
        }
        within.pop();
    }
}

impl Field {
    fn shown(&self, of: &str) -> String {
        format!("{of}.{}", self.name)
    }
}

fn structs(source: &str) -> syn::Result<BTreeMap<String, Vec<Field>>> {
    let items = syn::parse_file(source)?.items;
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), item)),
        _ => None,
    });
    let structs: BTreeMap<_, _> = structs.collect();
    let names: BTreeSet<_> = structs.keys().cloned().collect();
    let structs = structs.into_iter();
    structs
        .map(|(name, item)| Ok((name, fields(item, &names)?)))
        .collect()
}

fn fields(item: &ItemStruct, structs: &BTreeSet<String>) -> syn::Result<Vec<Field>> {
    let rule = Serde::of(&item.attrs)?.rename_all;
    let mut fields = Vec::new();
    for field in &item.fields {
        let serde = Serde::of(&field.attrs)?;
        let Some(ident) = field.ident.as_ref().filter(|_| !serde.skip) else {
            continue;
        };
        let name = ident.unraw().to_string();
        let mut keys = serde.aliases;
        if !serde.flatten {
            let key = match (serde.rename, &rule) {
                (Some(key), _) => key,
                (None, Some(rule)) => renamed(&name, rule)?,
                (None, None) => name.clone(),
            };
            keys.insert(0, key);
        }
        fields.push(Field {
            name,
            keys,
            holds: held(&field.ty, structs),
        });
    }
    Ok(fields)
}

/// What `#[serde(…)]` says about keys.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    aliases: Vec<String>,
    flatten: bool,
    skip: bool,
    /// With its place in the source.
    rename_all: Option<LitStr>,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut serde = Self::default();
        for attribute in attributes
            .iter()
            .filter(|found| found.path().is_ident("serde"))
        {
            attribute.parse_nested_meta(|meta| serde.read(&meta))?;
        }
        Ok(serde)
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let is = |name| meta.path.is_ident(name);
        if is("flatten") {
            self.flatten = true;
        } else if is("skip") || is("skip_deserializing") {
            self.skip = true;
        } else if is("alias") {
            self.aliases.push(meta.value()?.parse::<LitStr>()?.value());
        } else if is("rename") {
            self.rename = for_reading(meta)?.map(|key| key.value());
        } else if is("rename_all") {
            self.rename_all = for_reading(meta)?;
        } else if meta.input.peek(Token![=]) {
            meta.value()?.parse::<LitStr>()?;
        } else if meta.input.peek(token::Paren) {
            meta.parse_nested_meta(|inner| inner.value()?.parse::<LitStr>().map(drop))?;
        }
        Ok(())
    }
}

/// `= "…"` or `(deserialize = "…")`.
fn for_reading(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse().map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let value = inner.value()?.parse()?;
        if inner.path.is_ident("deserialize") {
            found = Some(value);
        }
        Ok(())
    })?;
    Ok(found)
}

/// What serde makes of a field's name.
fn renamed(name: &str, rule: &LitStr) -> syn::Result<String> {
    let capitalized = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    };
    let pascal: String = name.split('_').map(capitalized).collect();
    Ok(match rule.value().as_str() {
        "lowercase" | "snake_case" => name.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_ascii_uppercase(),
        "kebab-case" => name.replace('_', "-"),
        "PascalCase" => pascal,
        "camelCase" => match pascal.split_at_checked(1) {
            Some((first, rest)) => first.to_ascii_lowercase() + rest,
            None => pascal,
        },
        other => {
            return Err(syn::Error::new(
                rule.span(),
                format!("no rule of serde: {other}"),
            ));
        }
    })
}

/// The struct of ours in a type: `PostSale` of `Rows<'a, PostSale<'a>>`.
fn held(kind: &Type, structs: &BTreeSet<String>) -> Option<String> {
    let Type::Path(kind) = kind else {
        return None;
    };
    let segment = kind.path.segments.last()?;
    let name = segment.ident.to_string();
    if structs.contains(&name) {
        return Some(name);
    }
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(kind) => held(kind, structs),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &str = r#"
        use serde::Deserialize;

        /// The answer.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, remote = "Self", bound(deserialize = "'de: 'a"))]
        pub struct Reply<'a> {
            pub errcode: Number<'a>,
            pub data: Object<Page<'a>>,
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<'a> {
            row_list: Rows<'a, Case<'a>>,
            #[serde(flatten)]
            paging: Paging<'a>,
            #[serde(skip)]
            ours: bool,
        }

        #[derive(Deserialize)]
        struct Paging<'a> { total: Number<'a> }

        #[derive(Deserialize)]
        struct Case<'a> {
            #[serde(rename = "type")]
            kind: lenient::Number<'a>,
            r#loop: Text<'a>,
            #[serde(default, alias = "Code")]
            code: Option<Vec<Text<'a>>>,
            parent: Option<Box<Case<'a>>>,
        }

        struct Unused { rest: Text }

        macro_rules! folded { () => {} }
    "#;

    #[test]
    fn every_key_is_found_under_the_keys_above_it() {
        let types = parse("wire.rs", WIRE).unwrap();
        let places: Vec<_> = types
            .places("Reply")
            .into_iter()
            .map(|place| (place.field, place.keys.join(".")))
            .collect();
        let expected = [
            ("Reply.errcode", "errcode"),
            ("Reply.data", "data"),
            ("Page.row_list", "data.rowList"),
            ("Case.kind", "data.rowList.type"),
            ("Case.loop", "data.rowList.loop"),
            ("Case.code", "data.rowList.code"),
            ("Case.code", "data.rowList.Code"),
            ("Case.parent", "data.rowList.parent"),
            ("Paging.total", "data.total"),
        ];
        let expected = expected.map(|(field, keys)| (field.to_owned(), keys.to_owned()));
        assert_eq!(places, expected);
    }

    #[test]
    fn fields_are_listed_whether_or_not_a_reply_holds_them() {
        let types = parse("wire.rs", WIRE).unwrap();
        assert!(types.fields().any(|field| field == "Unused.rest"));
        assert!(!types.fields().any(|field| field == "Page.ours"));
    }

    #[test]
    fn fields_are_renamed_as_serde_does() {
        for (rule, key) in [
            ("lowercase", "brand_id3"),
            ("snake_case", "brand_id3"),
            ("UPPERCASE", "BRAND_ID3"),
            ("SCREAMING_SNAKE_CASE", "BRAND_ID3"),
            ("kebab-case", "brand-id3"),
            ("PascalCase", "BrandId3"),
            ("camelCase", "brandId3"),
        ] {
            let source = format!(
                "#[serde(rename_all(deserialize = \"{rule}\"))] struct R {{ brand_id3: u8 }}"
            );
            let places = parse("wire.rs", &source).unwrap().places("R");
            assert_eq!(places[0].keys, [key], "{rule}");
        }
        let unknown = "#[serde(rename_all = \"Title Case\")] struct R { a: u8 }";
        let error = parse("crates/p/src/wire.rs", unknown).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the types of crates/p/src/wire.rs: no rule of serde: Title Case"
        );
    }
}
