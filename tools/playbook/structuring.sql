-- meaning: deposits kept just under a reporting limit
-- parameter: limit_usd number 10000 : the limit; near it means from 80 % up to but not including it
-- fact: flow.near_limit_deposits count : deposits of the last 30 days near the limit
-- fact: flow.near_limit_share number share 0..1 : their share of all deposits of the last 30 days
-- label: flow.near_limit_deposits : deposits near the limit
-- label: flow.near_limit_share : the share of deposits near the limit
WITH incoming AS (
  SELECT CASE WHEN amount_usd >= 0.8 * :limit_usd AND amount_usd < :limit_usd THEN 1 ELSE 0 END AS near
  FROM deposits
  WHERE customer_id = :customer_id
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
)
SELECT
  CAST(COALESCE(SUM(near), 0) AS BIGINT) AS "flow.near_limit_deposits",
  COALESCE(AVG(near), 0) AS "flow.near_limit_share"
FROM incoming;
