-- meaning: how fast deposited money leaves again
-- fact: flow.in_out_hours number hours : median time from a deposit of the last 30 days to the withdrawal that follows it
-- fact: flow.deposits_followed count : deposits of the last 30 days that a withdrawal followed, at the same moment or later
-- fact: flow.passthrough_share number 0..1 : share of the value deposited in the last 30 days that left within 24 hours
-- none: flow.in_out_hours where flow.deposits_followed : no deposit of the last 30 days was followed by a withdrawal
-- Money has no name on it, so the share takes the smaller of two upper bounds: each deposit can have left at most whole,
-- and all of them together no more than the withdrawals that came within 24 hours of one.
WITH incoming AS (
  SELECT deposit_id, "at", amount_usd
  FROM deposits
  WHERE customer_id = :customer_id
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), outgoing AS (
  SELECT withdrawal_id, "at", amount_usd
  FROM withdrawals
  WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled'
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), followed AS (
  SELECT d.deposit_id, d.amount_usd,
    MIN(DATE_DIFF('second', d."at", w."at")) / 3600.0 AS hours,
    COALESCE(SUM(CASE WHEN w."at" <= d."at" + INTERVAL '24' HOUR THEN w.amount_usd END), 0) AS left_usd
  FROM incoming AS d
  LEFT JOIN outgoing AS w ON w."at" >= d."at"
  GROUP BY d.deposit_id, d.amount_usd
), quick AS (
  SELECT COALESCE(SUM(w.amount_usd), 0) AS usd
  FROM outgoing AS w
  WHERE EXISTS (
    SELECT 1 FROM incoming AS d WHERE d."at" <= w."at" AND w."at" <= d."at" + INTERVAL '24' HOUR
  )
)
SELECT
  MEDIAN(followed.hours) AS "flow.in_out_hours",
  COUNT(followed.hours) AS "flow.deposits_followed",
  COALESCE(
    LEAST(SUM(LEAST(followed.amount_usd, followed.left_usd)), MAX(quick.usd)) / NULLIF(SUM(followed.amount_usd), 0), 0
  ) AS "flow.passthrough_share"
FROM quick LEFT JOIN followed ON TRUE;
