package main

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// Table is an answer as database/sql shows it.
type Table struct {
	Columns []string   `json:"columns"`
	Types   []string   `json:"types"`
	Rows    [][]string `json:"rows"`
	Error   string     `json:"error"`
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func table(ctx context.Context, db *sql.DB, query string) Table {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return Table{Error: err.Error()}
	}
	defer rows.Close()
	var t Table
	t.Columns, err = rows.Columns()
	if err != nil {
		return Table{Error: err.Error()}
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return Table{Error: err.Error()}
	}
	for _, one := range types {
		t.Types = append(t.Types, one.DatabaseTypeName())
	}
	for rows.Next() {
		values := make([]any, len(t.Columns))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Error = err.Error()
			return t
		}
		t.Rows = append(t.Rows, shown(values))
	}
	t.Error = text(rows.Err())
	return t
}

// shown writes values plainly: times in RFC 3339, <nil> for NULL.
func shown(values []any) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case time.Time:
			cells[i] = v.Format(time.RFC3339Nano)
		default:
			cells[i] = fmt.Sprint(v)
		}
	}
	return cells
}

func many(ctx context.Context, db *sql.DB, query string) (count int, tokens uint64, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var at time.Time
		var model string
		var n uint64
		if err := rows.Scan(&at, &model, &n); err != nil {
			return count, tokens, err
		}
		count++
		tokens += n
	}
	return count, tokens, rows.Err()
}

func atOnce(ctx context.Context, db *sql.DB, query string, times int) []string {
	answers := make([]string, times)
	var all sync.WaitGroup
	for i := range times {
		all.Add(1)
		go func() {
			defer all.Done()
			var n uint64
			if err := db.QueryRowContext(ctx, fmt.Sprintf(query, i)).Scan(&n); err != nil {
				answers[i] = err.Error()
				return
			}
			answers[i] = fmt.Sprint(n)
		}()
	}
	all.Wait()
	return answers
}

// until runs a query that takes longer than its deadline.
func until(db *sql.DB, deadline time.Duration, query string) (string, int64) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	began := time.Now()
	var n uint64
	err := db.QueryRowContext(ctx, query).Scan(&n)
	return text(err), time.Since(began).Milliseconds()
}
