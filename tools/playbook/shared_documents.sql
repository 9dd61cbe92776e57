-- meaning: other accounts that submitted this account's document, or the same picture with other data in it
-- parameter: distance count 3 : image hashes that differ in at most this many of 64 bits show the same picture
-- fact: document.accounts_sharing_number count : other accounts that submitted the same document number of the same country
-- fact: document.accounts_sharing_template count : other accounts whose document picture is the same but for its variable fields
-- absent: document.accounts_sharing_number : the account has no identity submission with a document number
-- absent: document.accounts_sharing_template : the account has no identity submission with a picture
WITH submitted AS (
  SELECT customer_id, document_country, image_hash,
    NULLIF(REGEXP_REPLACE(UPPER(document_number), '[^A-Z0-9]', '', 'g'), '') AS number
  FROM kyc_submissions
  WHERE submitted_at <= CAST(:as_of AS TIMESTAMP)
), mine AS (
  SELECT * FROM submitted WHERE customer_id = :customer_id
), others AS (
  SELECT * FROM submitted WHERE customer_id <> :customer_id
), numbers AS (
  SELECT COUNT(DISTINCT o.customer_id) AS n
  FROM mine AS m JOIN others AS o ON o.number = m.number AND o.document_country = m.document_country
), pictures AS (
  SELECT COUNT(DISTINCT o.customer_id) AS n
  FROM mine AS m JOIN others AS o ON BIT_COUNT(XOR(m.image_hash, o.image_hash)) <= :distance
)
SELECT
  CASE WHEN (SELECT COUNT(number) FROM mine) > 0 THEN numbers.n END AS "document.accounts_sharing_number",
  CASE WHEN (SELECT COUNT(image_hash) FROM mine) > 0 THEN pictures.n END AS "document.accounts_sharing_template"
FROM numbers CROSS JOIN pictures;

-- exhibit: graph Accounts with the same document picture or number
WITH submitted AS (
  SELECT customer_id, document_country, image_hash,
    NULLIF(REGEXP_REPLACE(UPPER(document_number), '[^A-Z0-9]', '', 'g'), '') AS number
  FROM kyc_submissions
  WHERE submitted_at <= CAST(:as_of AS TIMESTAMP)
)
SELECT DISTINCT
  'customer' AS source_kind, m.customer_id AS source,
  'customer' AS target_kind, o.customer_id AS target,
  CASE WHEN o.number = m.number AND o.document_country = m.document_country
    THEN 'same document number' ELSE 'same document picture' END AS why
FROM submitted AS m
JOIN submitted AS o ON o.customer_id <> m.customer_id AND (
  (o.number = m.number AND o.document_country = m.document_country)
  OR BIT_COUNT(XOR(m.image_hash, o.image_hash)) <= :distance
)
WHERE m.customer_id = :customer_id
ORDER BY target, why
LIMIT 100;
