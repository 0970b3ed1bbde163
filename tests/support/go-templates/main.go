// Renders Go templates as Grafana does: messages over what its Alertmanager gives, annotations over
// $labels and $values. Reads a request as JSON from standard input, writes the texts as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type KV map[string]string

type Alert struct {
	Status      string
	Labels      KV
	Annotations KV
	PanelURL    string
	SilenceURL  string
}

type Alerts []Alert

func (as Alerts) with(status string) []Alert {
	list := []Alert{}
	for _, a := range as {
		if a.Status == status {
			list = append(list, a)
		}
	}
	return list
}

func (as Alerts) Firing() []Alert   { return as.with("firing") }
func (as Alerts) Resolved() []Alert { return as.with("resolved") }

type Message struct {
	Status       string
	Alerts       Alerts
	CommonLabels KV
}

type Value struct{ Value float64 }

type Annotation struct {
	Text   string
	Labels KV
	Values map[string]Value
}

type Request struct {
	Templates   string
	Names       []string
	Messages    []Message
	Annotations []Annotation
}

type Answer struct {
	Messages    []map[string]string
	Annotations []string
}

var functions = template.FuncMap{
	"humanize":           func(v float64) string { return fmt.Sprintf("%.4g", v) },
	"humanizePercentage": func(v float64) string { return fmt.Sprintf("%.4g%%", v*100) },
	"humanizeDuration":   func(v float64) string { return fmt.Sprintf("%.4gs", v) },
}

const variables = "{{- $labels := .Labels -}}{{- $values := .Values -}}{{- with $labels }}{{ end }}{{- with $values }}{{ end -}}"

func main() {
	var request Request
	check(json.NewDecoder(os.Stdin).Decode(&request))
	answer := Answer{Messages: []map[string]string{}, Annotations: []string{}}
	messages := template.Must(template.New("").Funcs(functions).Parse(request.Templates))
	for _, message := range request.Messages {
		texts := map[string]string{}
		for _, name := range request.Names {
			texts[name] = render(messages.Lookup(name), message)
		}
		answer.Messages = append(answer.Messages, texts)
	}
	for _, annotation := range request.Annotations {
		parsed, err := template.New("").Funcs(functions).Parse(variables + annotation.Text)
		check(err)
		answer.Annotations = append(answer.Annotations, render(parsed, annotation))
	}
	check(json.NewEncoder(os.Stdout).Encode(answer))
}

func render(parsed *template.Template, data any) string {
	var text strings.Builder
	check(parsed.Execute(&text, data))
	return text.String()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
