//! The documented calls: parameters in, request out.

use core_model::{
    Address, Cursor, Error, Message, OrderKey, PageSize, Query, Quota, Rejection, Result,
    ReturnAddress, TimeRange, Windowed,
};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value};
use transport::{Request, Scope, setting};

use crate::normalize::EC_STATUSES;

/// The platform has quotas per call and day or minute, and publishes only that of the token: 10,000
/// calls a minute (page "getStableAccessToken").
pub const QUOTAS: &[(Scope, Quota)] = &[(
    Scope::Operation("stable_token"),
    Quota::Window {
        calls: 10_000,
        seconds: 60,
    },
)];

/// `POST /shop/aftersale/get` (page "Get Orders After Sales Orders"): every after-sale of one order.
///
/// The page's table has `out_order_id` only, its example `order_id` as well; older editions of the
/// page list both, and ask for one of them. The buyer's `openid` is always needed.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the platform's order id is no integer, or the
/// openid is missing.
pub fn aftersale_get(order: &OrderKey, openid: Option<&str>) -> Result<Request> {
    let openid = openid.map(str::trim).filter(|openid| !openid.is_empty());
    let openid = openid.ok_or_else(|| Error::config("buyer", "the buyer's openid is missing"))?;
    let request = Request::post("aftersale/get", "/shop/aftersale/get");
    let request = with_order(request, order)?;
    Ok(request.with_member("openid", Some(openid)))
}

fn with_order(request: Request, order: &OrderKey) -> Result<Request> {
    Ok(match order {
        OrderKey::Id(id) => request.with_member("order_id", Some(integer("order", id)?)),
        OrderKey::MerchantRef(reference) => {
            let reference = setting::stated("merchant order", reference)?;
            request.with_member("out_order_id", Some(reference))
        }
    })
}

/// An id of the platform: a JSON number in these calls, exact whatever its length.
fn integer(name: &str, id: &str) -> Result<u64> {
    let problem = "has to be an integer of at most 64 bits, such as 3300000000000000001";
    id.trim().parse().map_err(|_| Error::config(name, problem))
}

/// `POST /shop/ecaftersale/get` (page "get_new"): one case, by WeChat's id, which is an integer, or
/// else by the merchant's.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn ecaftersale_get(id: &str) -> Result<Request> {
    let id = setting::stated("id", id)?;
    let request = Request::post("ecaftersale/get", "/shop/ecaftersale/get");
    Ok(match id.parse::<u64>() {
        Ok(id) => request.with_member("aftersale_id", Some(id)),
        Err(_) => request.with_member("out_aftersale_id", Some(id)),
    })
}

/// As many cases as `ecaftersale/get_list` gives at once.
pub const EC_PAGE_SIZE: PageSize = PageSize {
    default: 50,
    max: Some(50),
};

/// A page of `ecaftersale/get_list`: so many cases after so many others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    offset: u64,
    limit: u32,
}

impl Slice {
    /// The page that a cursor points to, or the first one.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the cursor is from another kind of listing.
    pub fn at(cursor: Option<&Cursor>, query: &Query) -> Result<Self> {
        let offset = match cursor {
            None => Some(0),
            Some(cursor) => cursor.as_token().and_then(|offset| offset.parse().ok()),
        };
        let limit = EC_PAGE_SIZE.choose(query.page_size());
        offset
            .map(|offset| Self { offset, limit })
            .ok_or_else(|| Error::config("cursor", "is not from a listing of this platform"))
    }

    /// Where to go on after a page that arrived with so many cases. Where the platform does not say
    /// whether more follow, a page that is not full is the last one.
    pub fn next(self, rows: usize, has_more: Option<bool>) -> Option<Cursor> {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let goes_on = has_more.unwrap_or(rows >= self.limit.into());
        goes_on.then(|| Cursor::token(self.offset.saturating_add(rows).to_string()))
    }
}

/// `POST /shop/ecaftersale/get_list` (page "get_list"): ids only.
///
/// The platform filters by one status of its own: it is asked to where no other is wanted and no case
/// leaves it, which saves reading cases that are dropped afterwards. A case that left it while the
/// listing is under way would move those behind it up, past an offset that was read already.
///
/// Whether either end belongs to a range is not stated: the start is asked for a millisecond early and
/// the end rounded up, and the query drops what is too much.
pub fn ecaftersale_get_list(query: &Query, slice: Slice) -> Request {
    let created = query.created();
    get_list(slice)
        .with_member("status", only_status(query))
        .with_member(
            "begin_create_time",
            created.since().map(|since| since.as_millisecond() - 1),
        )
        .with_member(
            "end_create_time",
            created
                .until()
                .map(|until| rounded_up(until, Unit::Millisecond).as_millisecond()),
        )
}

/// The same call, for all cases of one order.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the platform's order id is no integer, or the
/// merchant's is empty.
pub fn ecaftersale_get_list_of_order(order: &OrderKey, slice: Slice) -> Result<Request> {
    with_order(get_list(slice), order)
}

/// The first whole unit that is not before an instant.
fn rounded_up(at: Timestamp, unit: Unit) -> Timestamp {
    let up = TimestampRound::new().smallest(unit).mode(RoundMode::Ceil);
    at.round(up).unwrap_or(at)
}

fn get_list(slice: Slice) -> Request {
    Request::post("ecaftersale/get_list", "/shop/ecaftersale/get_list")
        .with_member("offset", Some(slice.offset))
        .with_member("limit", Some(slice.limit))
}

/// The one native status that a query asks for, if it is one, and final.
fn only_status(query: &Query) -> Option<u64> {
    let mut wanted = EC_STATUSES
        .iter()
        .filter(|(_, progress)| query.statuses().contains(&progress.status()));
    let (only, progress) = wanted.next()?;
    let is_only = wanted.next().is_none() && query.statuses().len() == 1;
    (is_only && progress.is_final())
        .then(|| only.parse().ok())
        .flatten()
}

/// `POST /shop/ecaftersale/acceptrefund` (page "acceptrefund"): agrees to a refund, or says that the goods of a return are
/// back. Either pays.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when WeChat's id of the case is no integer.
pub fn ecaftersale_acceptrefund(id: &str) -> Result<Request> {
    ec_write(
        "ecaftersale/acceptrefund",
        "/shop/ecaftersale/acceptrefund",
        id,
    )
}

/// `POST /shop/ecaftersale/acceptreturn` (page "acceptreturn"): agrees to a return, to a written address of which the page
/// wants all parts but the country.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is no integer, the address is one on file, or a part is missing.
pub fn ecaftersale_acceptreturn(id: &str, address: &ReturnAddress) -> Result<Request> {
    let ReturnAddress::Written(address) = address else {
        let problem = "this platform takes a written one, no id";
        return Err(Error::config("address", problem));
    };
    let request = ec_write(
        "ecaftersale/acceptreturn",
        "/shop/ecaftersale/acceptreturn",
        id,
    )?;
    Ok(request.with_member("address_info", Some(address_info(address)?)))
}

fn address_info(address: &Address) -> Result<Map<String, Value>> {
    fn needed<'a>(name: &str, part: &'a Option<String>) -> Result<&'a str> {
        setting::stated(name, part.as_deref().unwrap_or_default())
    }
    let country = address.country.as_deref().map(str::trim);
    let country = country.filter(|country| !country.is_empty());
    let mut parts = vec![
        (
            "receiver_name",
            setting::stated("receiver", &address.receiver)?,
        ),
        ("tel_number", setting::stated("phone", &address.phone)?),
        ("province", needed("province", &address.province)?),
        ("city", needed("city", &address.city)?),
        ("town", needed("town", &address.town)?),
        (
            "detailed_address",
            setting::stated("detail", &address.detail)?,
        ),
    ];
    parts.extend(country.map(|country| ("country", country)));
    let parts = parts.into_iter();
    Ok(parts
        .map(|(name, part)| (name.to_owned(), part.into()))
        .collect())
}

/// `POST /shop/ecaftersale/reject` (known from public clients): refuses a refund or a return. It takes nothing but the id.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is no integer, or there is a reason, which would be lost.
pub fn ecaftersale_reject(id: &str, rejection: &Rejection) -> Result<Request> {
    let Rejection {
        reason,
        text,
        evidence,
    } = rejection;
    for (name, is_stated) in [
        ("reason", reason.is_some()),
        ("text", text.is_some()),
        ("evidence", !evidence.is_empty()),
    ] {
        if is_stated {
            let problem = "is nothing that this platform takes: it refuses a case without a reason";
            return Err(Error::config(name, problem));
        }
    }
    ec_write("ecaftersale/reject", "/shop/ecaftersale/reject", id)
}

/// `POST /shop/ecaftersale/upload_certificates` (page "upload_certificates"): proves that the merchant has paid by other
/// means. The page marks words and pictures as optional; one of them there has to be.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is no integer, or there is neither.
pub fn ecaftersale_upload_certificates(id: &str, proof: &Message) -> Result<Request> {
    let Message { text, files } = proof;
    let text = match text.trim() {
        "" if files.is_empty() => return Err(Error::config("text", "is empty, and so are files")),
        "" => None,
        text => Some(text),
    };
    let request = ec_write(
        "ecaftersale/upload_certificates",
        "/shop/ecaftersale/upload_certificates",
        id,
    )?;
    Ok(request
        .with_member("refund_desc", text)
        .with_member("certificates", (!files.is_empty()).then(|| files.clone())))
}

/// A call that changes a case, which WeChat's id names; the merchant's would do as well, but not every case has one.
fn ec_write(operation: &'static str, path: &str, id: &str) -> Result<Request> {
    Ok(Request::post(operation, path).with_member("aftersale_id", Some(integer("case", id)?)))
}

/// `getaftersalelist` takes a day at the most. Whether either end belongs to it is not stated, so that
/// each window is asked for a second early, and [`StorePage::holds`] drops what is too much.
const STORE_WINDOW: SignedDuration = SignedDuration::from_secs(24 * 60 * 60 - 1);

/// One page of the ids of a WeChat Store: a window of at most a day, by the time of creation or of
/// the last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePage {
    by: By,
    window: Windowed,
}

/// Which of its times puts a case into a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Creation,
    LastChange,
}

impl StorePage {
    /// The page that a cursor points to, or the first one of the query's time of the last change or,
    /// where that has no start, of its time of creation. `now` ends a range that is open.
    ///
    /// # Errors
    /// [`Unsupported`](core_model::ErrorKind::Unsupported) for a query that has no start.
    /// [`Config`](core_model::ErrorKind::Config) when the cursor is from another kind of listing.
    pub fn at(cursor: Option<&Cursor>, query: &Query, now: Timestamp) -> Result<Self> {
        let (by, range) = match query.updated().since() {
            Some(_) => (By::LastChange, query.updated()),
            None => (By::Creation, query.created()),
        };
        let window = Windowed::at(cursor, whole_seconds(range), STORE_WINDOW, now)?;
        Ok(Self { by, window })
    }

    /// Where to go on: at the key of the next page, or in the next window.
    pub fn next(&self, next_key: Option<String>) -> Option<Cursor> {
        self.window.next(next_key)
    }

    /// Whether a case may belong to this window. A case before it belongs to the one before, and a case
    /// at its very end to the next one, whether or not the platform counts the ends in. One that has
    /// changed since it was listed stays.
    pub fn holds(&self, created: Option<Timestamp>, updated: Option<Timestamp>) -> bool {
        let at = match self.by {
            By::Creation => created,
            By::LastChange => updated,
        };
        let is_last = self.window.next(None).is_none();
        at.is_none_or(|at| at >= self.window.since() && (is_last || at != self.window.until()))
    }
}

/// The platform counts seconds: a window that starts on a whole one is never longer than a day.
fn whole_seconds(range: TimeRange) -> TimeRange {
    let floor = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
    let query = range.since().map_or_else(Query::new, |since| {
        Query::new().with_created_since(floor(since))
    });
    match range.until() {
        Some(until) => query.with_created_until(until).created(),
        None => query.created(),
    }
}

/// `POST /channels/ec/aftersale/getaftersalelist` (page "getaftersalelist"): ids only.
pub fn getaftersalelist(page: &StorePage) -> Request {
    let path = "/channels/ec/aftersale/getaftersalelist";
    let (begin, end) = match page.by {
        By::Creation => ("begin_create_time", "end_create_time"),
        By::LastChange => ("begin_update_time", "end_update_time"),
    };
    let since = page.window.since().as_second() - 1;
    let until = rounded_up(page.window.until(), Unit::Second).as_second();
    Request::post("getaftersalelist", path)
        .with_member(begin, Some(since.max(0)))
        .with_member(end, Some(until))
        .with_member("next_key", page.window.inner())
}

/// `POST /channels/ec/aftersale/getaftersaleorder` (page "getaftersaleorder").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn getaftersaleorder(id: &str) -> Result<Request> {
    let path = "/channels/ec/aftersale/getaftersaleorder";
    store_case("getaftersaleorder", path, id)
}

fn store_case(operation: &'static str, path: &str, id: &str) -> Result<Request> {
    let id = setting::stated("id", id)?;
    Ok(Request::post(operation, path).with_member("after_sale_order_id", Some(id)))
}

/// What a WeChat Store agrees to with `acceptapply`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance<'a> {
    /// What is asked for, where that is no return: `accept_type` is left out, which all editions of the page allow.
    Request,
    /// That the goods come back (`accept_type` 1).
    Return(&'a ReturnAddress),
    /// That the goods are back (`accept_type` 2).
    Receipt,
}

/// `POST /channels/ec/aftersale/acceptapply` (page "acceptapply"). It pays, but for a return or an exchange that is only
/// agreed to.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id of the case or of the address is empty, or the address is written.
pub fn acceptapply(id: &str, acceptance: Acceptance<'_>) -> Result<Request> {
    let request = store_case("acceptapply", "/channels/ec/aftersale/acceptapply", id)?;
    Ok(match acceptance {
        Acceptance::Request => request,
        Acceptance::Return(ReturnAddress::OnFile(address)) => {
            let address = setting::stated("address", address)?;
            request
                .with_member("address_id", Some(address))
                .with_member("accept_type", Some(1))
        }
        Acceptance::Return(ReturnAddress::Written(_)) => {
            let problem = "this platform takes the id of an address on file, no written one";
            return Err(Error::config("address", problem));
        }
        Acceptance::Receipt => request.with_member("accept_type", Some(2)),
    })
}

/// `POST /channels/ec/aftersale/rejectapply` (page "rejectapply"). Words are optional: the platform has some for each
/// reason.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty, the reason is no number, or there is evidence, which the
/// call does not take.
pub fn rejectapply(id: &str, rejection: &Rejection) -> Result<Request> {
    let Rejection {
        reason,
        text,
        evidence,
    } = rejection;
    let reason = reason.as_deref().unwrap_or_default().trim();
    let reason: u64 = reason.parse().map_err(|_| {
        let problem = "has to be the number of a reason: `Client::reject_reasons` (call rejectreason/get) has them all";
        Error::config("reason", problem)
    })?;
    if !evidence.is_empty() {
        let problem = "is nothing that this platform takes with a refusal";
        return Err(Error::config("evidence", problem));
    }
    let text = text.as_deref().map(str::trim);
    let request = store_case("rejectapply", "/channels/ec/aftersale/rejectapply", id)?;
    Ok(request
        .with_member("reject_reason_type", Some(reason))
        .with_member("reject_reason", text.filter(|text| !text.is_empty())))
}

/// `POST /channels/ec/aftersale/uploadrefundcertificate` (page "uploadrefundcertificate"): proves that the merchant has paid
/// by other means.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty, or words or media ids are missing.
pub fn uploadrefundcertificate(id: &str, proof: &Message) -> Result<Request> {
    let Message { text, files } = proof;
    let text = setting::stated("text", text)?;
    if files.is_empty() {
        let problem = "are missing: media ids, which the platform's call for pictures returns";
        return Err(Error::config("files", problem));
    }
    let path = "/channels/ec/aftersale/uploadrefundcertificate";
    Ok(store_case("uploadrefundcertificate", path, id)?
        .with_member("refund_certificates", Some(files.clone()))
        .with_member("desc", Some(text)))
}

/// `POST /channels/ec/aftersale/reason/get`: why a buyer may open a case at a WeChat Store.
pub fn reason_get() -> Request {
    Request::post("reason/get", "/channels/ec/aftersale/reason/get")
}

/// `POST /channels/ec/aftersale/rejectreason/get` (page "getrejectreason"): why the merchant may
/// refuse one.
pub fn rejectreason_get() -> Request {
    let path = "/channels/ec/aftersale/rejectreason/get";
    Request::post("rejectreason/get", path)
}

/// `POST /cgi-bin/stable_token` (page "getStableAccessToken"), still without the secret.
pub fn stable_token(app_id: &str) -> Request {
    Request::post("stable_token", "/cgi-bin/stable_token")
        .with_member("grant_type", Some("client_credential"))
        .with_member("appid", Some(app_id))
}

/// `GET /cgi-bin/token` (page "getAccessToken"), still without the secret.
pub fn token(app_id: &str) -> Request {
    Request::get("token", "/cgi-bin/token")
        .with_query("grant_type", Some("client_credential"))
        .with_query("appid", Some(app_id))
}

#[cfg(test)]
mod tests {
    use core_model::{ErrorKind, Status};
    use transport::testing::documented;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_order_goes_out_by_one_of_its_two_ids() {
        let body = |order| {
            let request = aftersale_get(&order, Some("oTVP50O53a7jgmawAmxKukNlq3XI")).unwrap();
            documented::body_of(&request)
        };
        assert_eq!(
            body(OrderKey::Id("18446744073709551615".to_owned())),
            r#"{"openid":"oTVP50O53a7jgmawAmxKukNlq3XI","order_id":18446744073709551615}"#
        );
        assert_eq!(
            body(OrderKey::MerchantRef("xxxxx".to_owned())),
            r#"{"openid":"oTVP50O53a7jgmawAmxKukNlq3XI","out_order_id":"xxxxx"}"#
        );
    }

    #[test]
    fn what_is_sent_is_documented() {
        let example = include_str!("../../../fixtures/wechat-shop/aftersale-get.request.json");
        for order in [
            OrderKey::Id("32434234".to_owned()),
            OrderKey::MerchantRef("xxxxx".to_owned()),
        ] {
            let request = aftersale_get(&order, Some("oTVP50O53a7jgmawAmxKukNlq3XI")).unwrap();
            documented::assert_documented_body(&request, example);
        }
        let example = include_str!("../../../fixtures/wechat-shop/ecaftersale-get.request.json");
        documented::assert_documented_body(&ecaftersale_get("4000000000000001").unwrap(), example);
        let query = Query::new()
            .with_status(Status::Completed)
            .with_created_since(at(1))
            .with_created_until(at(2));
        let slice = Slice::at(None, &query).unwrap();
        let example =
            include_str!("../../../fixtures/wechat-shop/ecaftersale-get-list.request.json");
        documented::assert_documented_body(&ecaftersale_get_list(&query, slice), example);
        let order = OrderKey::MerchantRef("M1".to_owned());
        let of_order = ecaftersale_get_list_of_order(&order, slice).unwrap();
        documented::assert_documented_body(&of_order, example);
        for (query, example) in [
            (
                Query::new().with_created_since(at(1)),
                include_str!("../../../fixtures/wechat-shop/getaftersalelist.request.json"),
            ),
            (
                Query::new().with_updated_since(at(1)),
                include_str!("../../../fixtures/wechat-shop/getaftersalelist.request-updated.json"),
            ),
        ] {
            let page = StorePage::at(None, &query, at(9)).unwrap();
            let cursor = page.next(Some("key".to_owned()));
            let page = StorePage::at(cursor.as_ref(), &query, at(9)).unwrap();
            documented::assert_documented_body(&getaftersalelist(&page), example);
        }
        let example = include_str!("../../../fixtures/wechat-shop/getaftersaleorder.request.json");
        documented::assert_documented_body(&getaftersaleorder("123456").unwrap(), example);
        let example = include_str!("../../../fixtures/wechat-shop/stable-token.request.json");
        documented::assert_documented_body(&stable_token("APPID"), example);
    }

    #[test]
    fn incomplete_questions_are_refused_before_sending() {
        let id = |id: &str| OrderKey::Id(id.to_owned());
        let reference = |reference: &str| OrderKey::MerchantRef(reference.to_owned());
        for (order, openid, field) in [
            (id("1"), None, "buyer: "),
            (id("1"), Some(" "), "buyer: "),
            (id("one"), Some("o"), "order: "),
            (id("18446744073709551616"), Some("o"), "order: "),
            (reference(""), Some("o"), "merchant order: "),
        ] {
            let error = aftersale_get(&order, openid).unwrap_err();
            assert!(error.message().starts_with(field), "{order:?}: {error}");
        }
    }

    #[test]
    fn an_id_that_is_no_integer_is_the_merchants() {
        for (id, body) in [
            ("4000000000000001", r#"{"aftersale_id":4000000000000001}"#),
            (" AS-1 ", r#"{"out_aftersale_id":"AS-1"}"#),
        ] {
            assert_eq!(
                documented::body_of(&ecaftersale_get(id).unwrap()),
                body,
                "{id}"
            );
        }
        assert!(ecaftersale_get(" ").is_err());
        assert!(getaftersaleorder("").is_err());
    }

    #[test]
    fn a_status_is_asked_for_where_it_is_the_only_one_and_final() {
        let sent = |statuses: &[Status]| {
            let statuses = statuses.iter().copied();
            let query = statuses.fold(Query::new(), Query::with_status);
            let slice = Slice::at(None, &query).unwrap();
            let request = ecaftersale_get_list(&query, slice);
            request
                .body()
                .unwrap()
                .get("status")
                .map(ToString::to_string)
        };
        assert_eq!(sent(&[Status::Completed]).as_deref(), Some("13"));
        assert_eq!(sent(&[Status::Cancelled]).as_deref(), Some("1"));
        for several in [
            // A case may leave these while the listing is under way.
            &[Status::RefundFailed][..],
            &[Status::AwaitingReturn],
            &[],
            &[Status::Requested],
            &[Status::Completed, Status::Cancelled],
            // Which codes are unknown is not known.
            &[Status::Completed, Status::Unknown],
            &[Status::Unknown],
        ] {
            assert_eq!(sent(several), None, "{several:?}");
        }
    }

    #[test]
    fn a_slice_goes_on_as_long_as_the_platform_says_so() {
        let query = Query::new().with_page_size(10);
        let first = Slice::at(None, &query).unwrap();
        let eleventh = Slice::at(Some(&Cursor::token("10")), &query).unwrap();
        for (slice, rows, has_more, next) in [
            (first, 10, Some(true), Some("10")),
            (first, 7, Some(true), Some("7")),
            (first, 10, Some(false), None),
            (first, 10, None, Some("10")),
            (first, 9, None, None),
            (eleventh, 3, Some(true), Some("13")),
            // Leads back to itself, which the listing reports.
            (eleventh, 0, Some(true), Some("10")),
        ] {
            let next = next.map(Cursor::token);
            assert_eq!(slice.next(rows, has_more), next, "{slice:?} {rows}");
        }
        let foreign = Slice::at(Some(&Cursor::token("next")), &query).unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::Config);
    }

    #[test]
    fn a_long_range_is_asked_for_day_by_day() {
        let bodies = |query: &Query, now: Timestamp| {
            let mut bodies = Vec::new();
            let mut cursor = None;
            loop {
                let page = StorePage::at(cursor.as_ref(), query, now).unwrap();
                bodies.push(documented::body_of(&getaftersalelist(&page)));
                cursor = page.next(None);
                if cursor.is_none() {
                    return bodies;
                }
            }
        };
        let half = SignedDuration::from_millis(500);
        let created = |begin: u32, end: u32| {
            format!(r#"{{"begin_create_time":{begin},"end_create_time":{end}}}"#)
        };
        let updated = |begin: u32, end: u32| {
            format!(r#"{{"begin_update_time":{begin},"end_update_time":{end}}}"#)
        };
        for (query, expected) in [
            // A fraction of a second never makes a window longer than the platform allows.
            (
                Query::new().with_created_since(at(100) + half),
                vec![created(99, 86_499), created(86_498, 100_001)],
            ),
            (
                Query::new()
                    .with_created_since(at(100))
                    .with_created_until(at(86_499)),
                vec![created(99, 86_499)],
            ),
            (
                Query::new()
                    .with_created_since(at(0))
                    .with_updated_since(at(90_000)),
                vec![updated(89_999, 100_001)],
            ),
            (
                Query::new()
                    .with_created_since(at(0))
                    .with_created_until(at(9)),
                vec![created(0, 9)],
            ),
            // An end alone is no range to ask for; it is checked when the case is here.
            (
                Query::new()
                    .with_created_since(at(90_000))
                    .with_updated_until(at(95_000)),
                vec![created(89_999, 100_001)],
            ),
        ] {
            assert_eq!(bodies(&query, at(100_000) + half), expected, "{query:?}");
        }
        for query in [
            Query::new(),
            Query::new().with_created_until(at(1)),
            Query::new().with_updated_until(at(1)),
        ] {
            let error = StorePage::at(None, &query, at(9)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.message().contains("time from which"), "{error}");
        }
    }

    #[test]
    fn a_case_where_two_windows_meet_is_in_one_whatever_the_platform_counts_in() {
        const MEET: i64 = 86_399;
        let query = Query::new().with_updated_since(at(0));
        let first = StorePage::at(None, &query, at(100_000)).unwrap();
        let second = StorePage::at(first.next(None).as_ref(), &query, at(100_000)).unwrap();
        // Strictly inside of what is asked for: listed, however the platform reads the ends.
        let asked = |page: &StorePage, updated: i64| {
            let body = getaftersalelist(page);
            let end = |name| body.body().unwrap().get(name).unwrap().to_string();
            let [begin, end] = ["begin_update_time", "end_update_time"].map(end);
            begin.parse::<i64>().unwrap() < updated && updated < end.parse::<i64>().unwrap()
        };
        for updated in [MEET - 1, MEET] {
            let held = [&first, &second].map(|page| page.holds(None, Some(at(updated))));
            let is_first = updated < MEET;
            assert_eq!(held, [is_first, !is_first], "{updated}");
            let page = if is_first { &first } else { &second };
            assert!(asked(page, updated), "{updated}");
        }
    }

    #[test]
    fn a_case_that_changed_after_it_was_listed_or_says_no_time_stays() {
        let query = Query::new().with_updated_since(at(0));
        let first = StorePage::at(None, &query, at(100_000)).unwrap();
        let second = StorePage::at(first.next(None).as_ref(), &query, at(100_000)).unwrap();
        for updated in [Some(at(99_999)), Some(at(100_000)), None] {
            for page in [&first, &second] {
                assert!(page.holds(Some(at(86_399)), updated), "{updated:?}");
            }
        }
    }

    #[test]
    fn a_range_of_the_upgraded_component_is_asked_for_with_its_ends() {
        let fraction = SignedDuration::from_nanos(500);
        let sent = |query: Query| {
            let slice = Slice::at(None, &query).unwrap();
            documented::body_of(&ecaftersale_get_list(&query, slice))
        };
        for (until, end) in [(at(2), 2000), (at(2) + fraction, 2001)] {
            let query = Query::new()
                .with_created_since(at(1))
                .with_created_until(until);
            let expected = format!(
                r#"{{"begin_create_time":999,"end_create_time":{end},"limit":50,"offset":0}}"#
            );
            assert_eq!(sent(query), expected);
        }
    }
}
