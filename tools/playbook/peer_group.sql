-- meaning: how the account's volume compares with accounts like it
-- parameter: smallest_group count 8 : fewer peers than this cannot be compared with
-- fact: peers.volume_z number .. : robust z of the 30-day volume among accounts of the same residence country and kyc level
-- fact: peers.size count : how many such accounts there are, this one left out
-- label: peers.volume_z : the volume beside that of peers
-- label: peers.size : the number of peers
-- unknown: peers.volume_z : there are too few peers, they are all alike and this account is not, or its level is not recorded, or its country not as a code of ISO 3166-1
-- unknown: peers.size : the kyc level of this account is not recorded, or its residence country not as a code of ISO 3166-1
-- strange: customers.residence_country : who the peers are is not known
-- The spread is 1.4826 times the median absolute deviation; where more than half the peers stand still that is zero,
-- and 1.2533 times the mean absolute deviation takes its place.
WITH me AS (
  SELECT customer_id, COUNTRY_OF(residence_country) AS residence_country, kyc_level FROM customers WHERE customer_id = :customer_id
), people AS (
  SELECT DISTINCT c.customer_id
  FROM customers AS c
  JOIN me ON COUNTRY_OF(c.residence_country) = me.residence_country AND c.kyc_level = me.kyc_level
  WHERE c.created_at <= CAST(:as_of AS TIMESTAMP)
), moves AS (
  SELECT customer_id, amount_usd FROM deposits
  WHERE "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
  UNION ALL
  SELECT customer_id, amount_usd FROM withdrawals
  WHERE status IS DISTINCT FROM 'cancelled'
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), volumes AS (
  SELECT p.customer_id, COALESCE(SUM(m.amount_usd), 0) AS usd
  FROM people AS p LEFT JOIN moves AS m ON m.customer_id = p.customer_id
  GROUP BY p.customer_id
), centre AS (
  SELECT COUNT(*) AS n, MEDIAN(usd) AS middle FROM volumes WHERE customer_id <> :customer_id
), spread AS (
  SELECT 1.4826 * MEDIAN(ABS(v.usd - c.middle)) AS robust, 1.2533 * AVG(ABS(v.usd - c.middle)) AS plain
  FROM volumes AS v CROSS JOIN centre AS c
  WHERE v.customer_id <> :customer_id
)
SELECT
  CASE
    WHEN c.n < :smallest_group THEN NULL
    WHEN v.usd = c.middle THEN 0
    ELSE (v.usd - c.middle) / COALESCE(NULLIF(s.robust, 0), NULLIF(s.plain, 0))
  END AS "peers.volume_z",
  CASE WHEN v.customer_id IS NOT NULL THEN c.n END AS "peers.size"
FROM centre AS c CROSS JOIN spread AS s
LEFT JOIN volumes AS v ON v.customer_id = :customer_id;
