package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging names the streams whose lines are shown while the command runs.
type Logging string

const (
	logStdout Logging = "stdout"
	logStderr Logging = "stderr"
	logBoth   Logging = "stdoutAndStderr"
	logNone   Logging = "none"
)

func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: string(logStdout), Value: logStdout}, {Name: string(logStderr), Value: logStderr},
		{Name: string(logBoth), Value: logBoth}, {Name: string(logNone), Value: logNone},
	}
}

// Process says how a command line is run.
type Process struct {
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *Logging           `pulumi:"logging,optional"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// Result is what a command wrote, without the last newline.
type Result struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// run executes line and puts what it wrote into res, whose values from the run before it the command is shown.
// A nil line is an event without a command. On failure res keeps its values and the error has both streams in it.
func (proc Process) run(ctx context.Context, line *string, res *Result) error {
	if line == nil {
		return nil
	}
	cmd := proc.command(ctx, *line, *res)
	var stdout, stderr bytes.Buffer
	var both locked
	live, done := proc.log(ctx)
	cmd.Stdout = io.MultiWriter(&stdout, &both, live(logStdout))
	cmd.Stderr = io.MultiWriter(&stderr, &both, live(logStderr))
	err := cmd.Run()
	done()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, *line, both.String())
	}
	res.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	res.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

// command is the process to start; cancelling ctx kills it at once, as the vendor's does.
func (proc Process) command(ctx context.Context, line string, before Result) *exec.Cmd {
	argv := []string{"/bin/sh", "-c"}
	if proc.Interpreter != nil && len(*proc.Interpreter) > 0 {
		argv = append([]string{}, *proc.Interpreter...)
	}
	argv = append(argv, line)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if proc.Dir != nil {
		cmd.Dir = *proc.Dir
	}
	cmd.Env = os.Environ()
	if proc.Environment != nil {
		for name, value := range *proc.Environment {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if proc.AddPreviousOutputInEnv == nil || *proc.AddPreviousOutputInEnv {
		if before.Stdout != "" {
			cmd.Env = append(cmd.Env, "PULUMI_COMMAND_STDOUT="+before.Stdout)
		}
		if before.Stderr != "" {
			cmd.Env = append(cmd.Env, "PULUMI_COMMAND_STDERR="+before.Stderr)
		}
	}
	if proc.Stdin != nil && *proc.Stdin != "" {
		cmd.Stdin = strings.NewReader(*proc.Stdin)
	}
	return cmd
}

// log gives a writer for each stream, whose lines the engine shows while the command runs if the stream is wanted,
// and a function to call at the command's end.
func (proc Process) log(ctx context.Context) (live func(Logging) io.Writer, done func()) {
	wanted := logBoth
	if proc.Logging != nil {
		wanted = *proc.Logging
	}
	read, write := io.Pipe()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(read)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			p.GetLogger(ctx).InfoStatus(lines.Text())
		}
		_, _ = io.Copy(io.Discard, read) // a line over the limit must not stop the command
	}()
	live = func(stream Logging) io.Writer {
		if wanted == stream || wanted == logBoth {
			return write
		}
		return io.Discard
	}
	return live, func() { _ = write.Close(); <-drained }
}

// locked is a buffer that both streams write to.
type locked struct {
	sync.Mutex
	bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(b)
}
