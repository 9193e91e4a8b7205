package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/pulumi/pulumi-go-provider/infer"
)

type CommandArgs struct {
	Process
	Triggers *[]any  `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
}

type CommandState struct {
	CommandArgs
	Result
}

// Command is local.Command: a command line for each event in a resource's life.
type Command struct{}

func (*Command) Annotate(a infer.Annotator) { a.SetToken("local", "Command") }

func (*Command) Create(ctx context.Context, r infer.CreateRequest[CommandArgs]) (infer.CreateResponse[CommandState], error) {
	var suffix [4]byte
	_, _ = rand.Read(suffix[:]) // never fails
	out := infer.CreateResponse[CommandState]{
		ID:     r.Name + hex.EncodeToString(suffix[:]),
		Output: CommandState{CommandArgs: r.Inputs},
	}
	if r.DryRun {
		return out, nil
	}
	err := r.Inputs.Process.run(ctx, r.Inputs.Create, &out.Output.Result)
	return out, err
}

// Update runs for any change but that of a trigger, which replaces; without a line of its own it runs create's.
func (*Command) Update(ctx context.Context, r infer.UpdateRequest[CommandArgs, CommandState]) (infer.UpdateResponse[CommandState], error) {
	out := infer.UpdateResponse[CommandState]{Output: CommandState{CommandArgs: r.Inputs, Result: r.State.Result}}
	if r.DryRun {
		return out, nil
	}
	line := r.Inputs.Update
	if line == nil {
		line = r.Inputs.Create
	}
	err := r.Inputs.Process.run(ctx, line, &out.Output.Result)
	return out, err
}

func (*Command) Delete(ctx context.Context, r infer.DeleteRequest[CommandState]) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, r.State.Process.run(ctx, r.State.Delete, &r.State.Result)
}

// Run is the function local.run, which runs in previews too.
type Run struct{}

type RunArgs struct {
	Process
	Command string `pulumi:"command"`
}

type RunResult struct {
	RunArgs
	Result
}

func (*Run) Annotate(a infer.Annotator) { a.SetToken("local", "run") }

func (*Run) Invoke(ctx context.Context, r infer.FunctionRequest[RunArgs]) (infer.FunctionResponse[RunResult], error) {
	out := RunResult{RunArgs: r.Input}
	err := r.Input.Process.run(ctx, &r.Input.Command, &out.Result)
	return infer.FunctionResponse[RunResult]{Output: out}, err
}
