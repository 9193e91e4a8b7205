package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const urn = resource.URN("urn:pulumi:dev::test::command:local:Command::move")

type values = map[string]property.Value

func start(t *testing.T) integration.Server {
	t.Helper()
	server, err := integration.NewServer(t.Context(), "command", semver.MustParse("1.2.1"), integration.WithProvider(provider()))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func inputs(create string, more values) property.Map {
	all := values{"create": property.New(create)}
	for name, value := range more {
		all[name] = value
	}
	return property.NewMap(all)
}

func environment(pairs map[string]string) property.Value {
	all := values{}
	for name, value := range pairs {
		all[name] = property.New(value)
	}
	return property.New(property.NewMap(all))
}

func create(t *testing.T, in property.Map) property.Map {
	t.Helper()
	made, err := start(t).Create(p.CreateRequest{Urn: urn, Properties: in})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(made.ID, "move") {
		t.Errorf("id %q does not start with the resource's name", made.ID)
	}
	return made.Properties
}

func want(t *testing.T, state property.Map, name, value string) {
	t.Helper()
	if got := state.Get(name).AsString(); got != value {
		t.Errorf("%s is %q, want %q", name, got, value)
	}
}

func TestCreateKeepsBothStreamsWithoutTheLastNewline(t *testing.T) {
	state := create(t, inputs("echo out; echo; echo err >&2", nil))
	want(t, state, "stdout", "out\n")
	want(t, state, "stderr", "err")
}

func TestPreviewRunsNothing(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "ran")
	if _, err := start(t).Create(p.CreateRequest{Urn: urn, DryRun: true, Properties: inputs("touch "+mark, nil)}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the command ran in a preview")
	}
}

func TestEnvironmentStdinDirAndInterpreter(t *testing.T) {
	dir := t.TempDir()
	state := create(t, inputs(`echo "$HOST $(cat) $(pwd) $-"`, values{
		"environment": environment(map[string]string{"HOST": "node-31"}),
		"stdin":       property.New("in"),
		"dir":         property.New(dir),
		"interpreter": property.New([]property.Value{property.New("/bin/sh"), property.New("-f"), property.New("-c")}),
	}))
	if got := state.Get("stdout").AsString(); !strings.HasPrefix(got, "node-31 in "+dir) || !strings.Contains(got, "f") {
		t.Errorf("stdout is %q", got)
	}
}

// A changed trigger replaces too: there the SDK asks the engine for it.
func TestAChangedInputIsAnUpdate(t *testing.T) {
	old := inputs("true", nil)
	state := create(t, old)
	for _, c := range []struct {
		name string
		now  property.Map
	}{
		{"environment", old.Set("environment", environment(map[string]string{"HOST": "node-31"}))},
		{"create", old.Set("create", property.New("true again"))},
		{"stdin", old.Set("stdin", property.New("in"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			diff, err := start(t).Diff(p.DiffRequest{ID: "move1", Urn: urn, State: state, OldInputs: old, Inputs: c.now})
			if err != nil {
				t.Fatal(err)
			}
			if !diff.HasChanges {
				t.Error("no change seen")
			}
			for path, d := range diff.DetailedDiff {
				if d.Kind == p.AddReplace || d.Kind == p.UpdateReplace || d.Kind == p.DeleteReplace {
					t.Errorf("%s replaces", path)
				}
			}
		})
	}
}

func TestUpdateSeesTheOutputBefore(t *testing.T) {
	before := inputs("echo first; echo warned >&2", nil)
	state := create(t, before)
	for _, c := range []struct {
		name string
		now  property.Map
		want string
	}{
		{"its own line", before.Set("update", property.New(`echo "after $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR"`)), "after first warned"},
		{"create's", before.Set("create", property.New(`echo "again $PULUMI_COMMAND_STDOUT"`)), "again first"},
		{"not wanted", before.Set("create", property.New(`echo "none$PULUMI_COMMAND_STDOUT"`)).Set("addPreviousOutputInEnv", property.New(false)), "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := start(t).Update(p.UpdateRequest{ID: "move1", Urn: urn, State: state, OldInputs: before, Inputs: c.now})
			if err != nil {
				t.Fatal(err)
			}
			want(t, out.Properties, "stdout", c.want)
		})
	}
}

func TestFailureHasStatusLineAndBothStreams(t *testing.T) {
	_, err := start(t).Create(p.CreateRequest{Urn: urn, Properties: inputs("echo record; echo reason >&2; exit 3", nil)})
	if err == nil {
		t.Fatal("a failed command is no error")
	}
	for _, part := range []string{"exit status 3", `running "echo record; echo reason >&2; exit 3":`, "record\n", "reason\n"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %q", part, err)
		}
	}
}

func TestCancellingKillsTheCommandAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	line := "trap '' INT TERM; exec sleep 30"
	began := time.Now()
	err := Process{}.run(ctx, &line, &Result{})
	if err == nil || !strings.Contains(err.Error(), "signal: killed") || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestRunIsAFunctionOfItsOwn(t *testing.T) {
	out, err := start(t).Invoke(p.InvokeRequest{
		Token: "command:local:run", Args: property.NewMap(values{"command": property.New("echo now")}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.Return, "stdout", "now")
}
