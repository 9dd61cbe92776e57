-- meaning: how fast deposited money leaves again
-- fact: flow.in_out_hours number hours : median time, by value, from a deposit of the last 30 days to the withdrawal that follows it
-- fact: flow.deposits_followed count : deposits of the last 30 days that a withdrawal followed, at the same moment or later
-- fact: flow.passthrough_share number share 0..1 : share of the value deposited in the last 30 days that left within 24 hours
-- fact: flow.deposits count : deposits of the last 30 days, of more than nothing
-- fact: flow.withdrawn_share number share : value withdrawn in the last 30 days, as a share of what was deposited in them; over 1 where more left
-- label: flow.in_out_hours : the time from deposit to withdrawal
-- label: flow.deposits_followed : deposits that a withdrawal followed
-- label: flow.passthrough_share : the share of deposits that left within a day
-- label: flow.deposits : deposits of the last month
-- label: flow.withdrawn_share : withdrawals as a share of deposits
-- none: flow.in_out_hours where flow.deposits_followed : no deposit of the last 30 days was followed by a withdrawal
-- none: flow.withdrawn_share where flow.deposits : nothing was deposited in the last 30 days
-- Money has no name on it, so the share takes the smaller of two upper bounds: each deposit can have left at most whole,
-- and all of them together no more than the withdrawals that came within 24 hours of one. At the median half of the money that
-- a withdrawal followed had left: small deposits, whether they wait or not, move it little.
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
), ranked AS (
  SELECT hours, SUM(amount_usd) OVER (ORDER BY hours, deposit_id) AS usd FROM followed WHERE hours IS NOT NULL
), quick AS (
  SELECT COALESCE(SUM(w.amount_usd), 0) AS usd
  FROM outgoing AS w
  WHERE EXISTS (
    SELECT 1 FROM incoming AS d WHERE d."at" <= w."at" AND w."at" <= d."at" + INTERVAL '24' HOUR
  )
)
SELECT
  (SELECT MIN(hours) FROM ranked WHERE 2 * usd >= (SELECT MAX(usd) FROM ranked)) AS "flow.in_out_hours",
  COUNT(followed.hours) AS "flow.deposits_followed",
  COALESCE(
    LEAST(SUM(LEAST(followed.amount_usd, followed.left_usd)), MAX(quick.usd)) / NULLIF(SUM(followed.amount_usd), 0), 0
  ) AS "flow.passthrough_share",
  COUNT(CASE WHEN followed.amount_usd > 0 THEN 1 END) AS "flow.deposits",
  (SELECT COALESCE(SUM(amount_usd), 0) FROM outgoing) / NULLIF(SUM(followed.amount_usd), 0) AS "flow.withdrawn_share"
FROM quick LEFT JOIN followed ON TRUE;
