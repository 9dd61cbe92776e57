-- meaning: other accounts whose document bears the very picture of this account's portrait
-- parameter: distance count 6 : portrait hashes that differ in at most this many of 64 bits show the same picture
-- fact: document.accounts_sharing_portrait count : other accounts whose document bears the same picture of a portrait
-- label: document.accounts_sharing_portrait : other accounts with the same portrait on a document
-- unknown: document.accounts_sharing_portrait : none is known to, and the account has no identity submission, or one without the hash of a portrait; 0 is none
WITH submitted AS (
  SELECT customer_id, NULLIF(portrait_hash, 0) AS portrait_hash
  FROM kyc_submissions
  WHERE submitted_at <= CAST(:as_of AS TIMESTAMP)
), mine AS (
  SELECT * FROM submitted WHERE customer_id = :customer_id
), others AS (
  SELECT * FROM submitted WHERE customer_id <> :customer_id
), pictures AS (
  SELECT COUNT(DISTINCT o.customer_id) AS n
  FROM mine AS m JOIN others AS o ON BIT_COUNT(XOR(m.portrait_hash, o.portrait_hash)) <= :distance
)
SELECT
  CASE WHEN pictures.n > 0 OR whole THEN pictures.n END AS "document.accounts_sharing_portrait"
FROM pictures CROSS JOIN (SELECT COUNT(*) > 0 AND COUNT(portrait_hash) = COUNT(*) AS whole FROM mine) AS own;

-- exhibit: graph Accounts with the same portrait on a document
SELECT DISTINCT
  'customer' AS source_kind, m.customer_id AS source,
  'customer' AS target_kind, o.customer_id AS target,
  'same portrait on the document' AS why
FROM mine AS m JOIN others AS o ON BIT_COUNT(XOR(m.portrait_hash, o.portrait_hash)) <= :distance
ORDER BY target
LIMIT 100;
