// Chat is an agent in the browser: its answers appear while the model writes them, with the tools that it calls on the way.
//
//	go run ./examples/chat
//
// Then open http://localhost:8080. The page is plain HTML and JavaScript: it posts a message and reads Server-Sent Events. It
// runs without a network, with a model of its own that knows how to look an order up. With OPENAI_API_KEY or ANTHROPIC_API_KEY
// set, the same program asks that vendor's model.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/alloygen/alloygen/examples/internal/choose"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/serve"
)

//go:embed page
var page embed.FS

func main() {
	address := flag.String("addr", "localhost:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := alloy.New(model())
	if err != nil {
		log.Fatal(err)
	}
	agent := &Agent{Client: client, Orders: map[string]Order{
		"4392": {ID: "4392", State: "shipped"},
		"1001": {ID: "1001", State: "packed"},
	}}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	if err := run(ctx, listener, agent); err != nil {
		log.Fatal(err)
	}
}

// model is the vendor's whose key is set, or else the one for demonstrations.
func model() alloy.Option {
	if name := choose.Model(); name != "offline" {
		return alloy.WithModel(name)
	}
	return alloy.WithProvider(demo{pause: 60 * time.Millisecond})
}

// run serves until ctx ends. The chats that are under way end with it.
func run(ctx context.Context, listener net.Listener, agent *Agent) error {
	server := &http.Server{
		Handler:     handler(agent),
		ReadTimeout: 10 * time.Second, // of a request, with its body; an answer takes as long as it takes
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	over := make(chan error, 1)
	go func() { over <- server.Serve(listener) }()
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(last)
}

// handler is the page and the agent behind it.
func handler(agent *Agent) http.Handler {
	files, _ := fs.Sub(page, "page") // which is embedded
	logged := serve.WithErrorHook(func(_ *http.Request, err error) { log.Print(err) })
	mux := http.NewServeMux()
	mux.Handle("/respond", agent.Handlers(logged))
	static := http.FileServerFS(files)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		static.ServeHTTP(w, r)
	})
	return mux
}
