// Asks the read endpoint what Grafana's ClickHouse data source asks, through the same library, opened
// in the same way: HTTP, gzip, the row limit as setting "limit", the time limit from the context's
// deadline. Prints what it saw as JSON; what to think of it is the test's business.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Report is everything that was seen.
type Report struct {
	Hello struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		Revision uint64 `json:"revision"`
		Timezone string `json:"timezone"`
	} `json:"hello"`
	Ping           string           `json:"ping"`
	Tables         map[string]Table `json:"tables"`
	ManyRows       int              `json:"manyRows"`
	ManyTokens     uint64           `json:"manyTokens"`
	ManyError      string           `json:"manyError"`
	Limited        int              `json:"limited"`
	AtOnce         []string         `json:"atOnce"`
	LateError      string           `json:"lateError"`
	Cancelled      string           `json:"cancelled"`
	CancelledMs    int64            `json:"cancelledMs"`
	WrongPassword  string           `json:"wrongPassword"`
	NoPassword     string           `json:"noPassword"`
	PingAfterwards string           `json:"pingAfterwards"`
}

type settings struct {
	address, user, password string
	limit                   int
}

func open(s settings) *sql.DB {
	db := clickhouse.OpenDB(options(s))
	db.SetConnMaxLifetime(5 * time.Minute)
	db.SetMaxIdleConns(25)
	db.SetMaxOpenConns(50)
	return db
}

func options(s settings) *clickhouse.Options {
	custom := clickhouse.Settings{}
	if s.limit > 0 {
		custom["limit"] = s.limit
	}
	return &clickhouse.Options{
		Addr:        []string{s.address},
		Auth:        clickhouse.Auth{Database: "tallyd", Username: s.user, Password: s.password},
		ClientInfo:  clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{"grafana", "13"}}},
		Compression: &clickhouse.Compression{Method: clickhouse.CompressionGZIP},
		DialTimeout: 10 * time.Second,
		Protocol:    clickhouse.HTTP,
		ReadTimeout: 60 * time.Second,
		Settings:    custom,
	}
}

func ping(ctx context.Context, s settings) string {
	db := open(s)
	defer db.Close()
	return text(db.PingContext(ctx))
}

func see(s settings, queries map[string]string) (Report, error) {
	var r Report
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	conn, err := clickhouse.Open(options(s))
	if err != nil {
		return r, err
	}
	defer conn.Close()
	server, err := conn.ServerVersion()
	if err != nil {
		return r, fmt.Errorf("hello: %w", err)
	}
	r.Hello.Name, r.Hello.Revision = server.DisplayName, server.Revision
	r.Hello.Version, r.Hello.Timezone = server.Version.String(), server.Timezone.String()

	db := open(s)
	defer db.Close()
	r.Ping = text(db.PingContext(ctx))
	r.Tables = map[string]Table{}
	for name, query := range queries {
		r.Tables[name] = table(ctx, db, query)
	}
	const events = "SELECT ts, model, total_tokens FROM tallyd.usage ORDER BY ts"
	r.ManyRows, r.ManyTokens, err = many(ctx, db, events)
	r.ManyError = text(err)
	limited := s
	limited.limit = 1000
	few := open(limited)
	defer few.Close()
	if r.Limited, _, err = many(ctx, few, events); err != nil {
		return r, fmt.Errorf("with a row limit: %w", err)
	}
	r.AtOnce = atOnce(ctx, db, "SELECT count() + %d FROM tallyd.usage", 8)
	const late = "SELECT ts, model, throwIf(number = 900000, 'late') + toUInt64(number) " +
		"FROM (SELECT number, now() AS ts, 'm' AS model FROM numbers(1000000))"
	_, _, err = many(ctx, db, late)
	r.LateError = text(err)
	r.Cancelled, r.CancelledMs = until(db, 2*time.Second,
		"SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1")
	wrong, none := s, s
	wrong.password, none.password = "not the password", ""
	r.WrongPassword, r.NoPassword = ping(ctx, wrong), ping(ctx, none)
	r.PingAfterwards = text(db.PingContext(ctx))
	return r, nil
}

func main() {
	var s settings
	flag.StringVar(&s.address, "address", "", "host:port of the read endpoint")
	flag.StringVar(&s.user, "user", "default", "user")
	flag.StringVar(&s.password, "password", "", "password")
	flag.Parse()
	// the queries come on standard input: {"name": "SELECT …"}
	var queries map[string]string
	if err := json.NewDecoder(os.Stdin).Decode(&queries); err != nil {
		fmt.Fprintln(os.Stderr, "standard input:", err)
		os.Exit(2)
	}
	report, err := see(s, queries)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
